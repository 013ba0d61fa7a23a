"""FPD and KPD with the settings of the CaloChallenge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.calochallenge.record import Distance
from calobench.evaluation.multivariate.jetnet import fpd_jetnet, kpd_jetnet

__all__ = ["FEWEST_SHOWERS", "distances"]

Array = NDArray[np.float64]

FEWEST_SHOWERS = 10_000
"""Smallest batch of FPD and size of the batches of KPD: with fewer showers neither means anything."""


def distances(
    reference: Array,
    generated: Array,
    rng: np.random.Generator,
    done: Callable[[], None] = lambda: None,
) -> tuple[Distance, ...]:
    """Both distances of the classifier's vectors, as JetNet computes them.

    The null is one half of the reference against the other. Its samples are half as large, so that it
    lies higher than a null at the same N: distances near it are compatible with Geant4.

    Args:
        reference: (N, d).
        generated: (M, d).
        rng: splits the reference.
        done: called after each of the two.

    Returns:
        None of them where a sample has fewer than ``FEWEST_SHOWERS``.
    """
    if min(len(reference), len(generated)) < FEWEST_SHOWERS:
        return ()
    order = rng.permutation(len(reference))
    half = len(order) // 2
    halves = reference[order[:half]], reference[order[half : 2 * half]]
    scores: dict[Literal["FPD", "KPD"], Callable[[Array, Array], tuple[float, float]]]
    scores = {"FPD": _fpd, "KPD": _kpd}
    found = []
    for name, score in scores.items():
        value, error = score(reference, generated)
        null = score(*halves) if half >= FEWEST_SHOWERS else (None, None)
        found.append(
            Distance(
                name=name,
                value=value,
                error=error,
                null_value=null[0],
                null_error=null[1],
                n_reference=len(reference),
                n_generated=len(generated),
                n_null=half,
            )
        )
        done()
    return tuple(found)


def _fpd(real: Array, gen: Array) -> tuple[float, float]:
    return fpd_jetnet(real, gen, min_samples=FEWEST_SHOWERS)


def _kpd(real: Array, gen: Array) -> tuple[float, float]:
    return kpd_jetnet(real, gen, batch_size=FEWEST_SHOWERS)
