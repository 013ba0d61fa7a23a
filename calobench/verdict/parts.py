"""The parts of the evidence, each of which may object with a sixth of the false-alarm rate."""

from __future__ import annotations

__all__ = ["PARTS", "part_level"]

PARTS = 6
"""Observables one by one; mean response and resolution; all together, by exchange; boosted trees;
classifiers of benchmarks; and whether the model is too close to the reference."""


def part_level(alpha: float) -> float:
    """The false-alarm rate of each part, so that all together have ``alpha`` (Bonferroni).

    It is the same whether a part was measured or not.

    Args:
        alpha: of the verdict.
    """
    return alpha / PARTS
