"""Tables of ``docs/parity.md``, from the JSON of ``calobench parity``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from calobench.detectors import load_detector
from reference_models.parity.record import Difference

__all__ = ["first_table", "ways_table"]


def ways_table(result: Mapping[str, Any]) -> str:
    """How far each way is from double precision, one row per way."""
    cells = result["n"] * math.prod(load_detector(result["detector"]).mesh_geometry.shape)
    lines = [
        "| way | worst cell, MeV | of the hottest cell | of a cell's own energy | largest shift of a mean "
        f"| of {cells:,} cells empty in one only | |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for name, numbers in result["differences"].items():
        one = Difference(**numbers)
        lines.append(
            f"| {name} | {one.absolute_mev:.1e} | {one.of_hottest:.1e} | {one.of_cell:.1e} "
            f"| {one.moved:.0e} σ | {one.flipped * cells:.0f} | {one.verdict} |"
        )
    return "\n".join(lines)


def first_table(result: Mapping[str, Any]) -> str:
    """The first operation after which a file differs by more than rounding, one row per level."""
    lines = ["| file | first operation that differs by more than rounding |", "|---|---|"]
    lines += [f"| {name} | {step or 'none'} |" for name, step in result["first"].items()]
    return "\n".join(lines)
