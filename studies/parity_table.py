"""Tables of ``docs/parity.md``, from the JSON of ``calobench parity``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from calobench.detectors import load_detector
from calobench.report.publication.rounding import pdg_rounded
from reference_models.parity.record import Difference

__all__ = ["first_table", "times_table", "ways_table"]

_WAYS = {
    "distilled:backend=eager": "eager",
    "distilled:backend=fused": "fused",
    "distilled.pt": "TorchScript file, Python",
    "cpp:distilled.pt": "TorchScript file, C++ (LibTorch)",
    "distilled.onnx": "ONNX file, Python",
    "cpp:distilled_noise.onnx": "ONNX file, C++ (ONNX Runtime)",
}


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


def times_table(timing: Mapping[str, Any]) -> str:
    """What each way costs, one row per way and two of Geant4; from the JSON of ``calobench time``."""
    rows = {row["model"]: row["time"] for row in timing["rows"]}
    eager = rows[next(iter(_WAYS))]["cpu_ms"]
    lines = ["| way | CPU time per shower | over eager | calls in turns |", "|---|--:|--:|--:|"]
    for name, label in _WAYS.items():
        one = rows[name]
        lines.append(
            f"| {label} | {one['cpu_ms']:.1f} ms | {one['cpu_ms'] / eager:.2f} "
            f"| {one['calls']:,} in {one['rounds']} |"
        )
    for one in timing["geant4"]["energies"]:
        label = "with Python callbacks" if one["callbacks"] else "without Python callbacks"
        time = pdg_rounded(one["mean_ms"], one["error_ms"])
        lines.append(
            f"| Geant4 {label} | {time.value} ± {time.error} ms | {one['mean_ms'] / eager:.0f} "
            f"| {one['showers']} |"
        )
    return "\n".join(lines)
