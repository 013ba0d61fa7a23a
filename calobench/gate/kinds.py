"""Kinds of metrics: in what unit each is told, and which changes are too small to matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from calobench.errors import PluginError
from calobench.evaluation.univariate.catalogue import all_scores

if TYPE_CHECKING:
    from calobench.gate.part import GatePart

__all__ = ["Floor", "MetricKind", "metric_kind", "metric_kinds"]


class Floor(NamedTuple):
    """A change is large enough when it exceeds both parts.

    Attributes:
        absolute: in the metric's own unit.
        relative: of the distance to Geant4 that the baseline had.
    """

    absolute: float
    relative: float


@dataclass(frozen=True)
class MetricKind:
    """A kind of metric.

    Attributes:
        name: ``snake_case``.
        unit: in which distances are told; '' for a pure number.
        floor: smaller changes do not matter.
        scale: ``plain`` numbers are told as they are, a ``fraction`` and a ``logarithm`` of a ratio in
            percent.
        signed: distances have a direction.
        amount: what follows the change itself, e.g. ``' mm'``, where the metric is what a reader knows; None
            where the change is told in the observable's own unit; ``%`` for the change relative to before.
    """

    name: str
    unit: str
    floor: Floor
    scale: Literal["plain", "fraction", "logarithm"] = "plain"
    signed: bool = True
    amount: str | None = None


# Of the distance that there was: less does not matter, whatever the kind.
_RELATIVE = 0.1

# Floors in widths of Geant4 at fixed energy and angle (bias, slope, local), in parts of the width, in
# Cohen's w for a histogram (0.1 is called small: Cohen, Statistical Power Analysis, 1988, chapter 7), in
# arctanh of a correlation, and in parts of all showers.
_QUALITY = (
    MetricKind("bias", "σ", Floor(0.1, 0.1)),
    MetricKind("width", "%", Floor(0.05, 0.1), scale="logarithm"),
    MetricKind("shape", "w", Floor(0.1, 0.1), signed=False),
    MetricKind("slope", "σ", Floor(0.1, 0.1)),
    MetricKind("local", "σ", Floor(0.3, 0.1)),
    MetricKind("correlation", "", Floor(0.1, 0.1)),
    MetricKind("rare", "%", Floor(0.005, 0.1), scale="fraction"),
    MetricKind("sample", "%", Floor(0.005, 0.1), scale="fraction"),
    # What physics forbids is never too little to matter.
    MetricKind("empty", "%", Floor(0.0, 0.0), scale="fraction"),
)


@cache
def metric_kinds() -> dict[str, MetricKind]:
    """Every kind by name: those of the quality, of scores that the gate compares, and of benchmarks.

    Raises:
        PluginError: two kinds have the same name.
    """
    from calobench.gate.parts import gate_parts

    kinds = {kind.name: kind for kind in _QUALITY}
    for who, kind in (*_of_scores(), *_of_benchmarks(gate_parts())):
        if kind.name in kinds:
            raise PluginError(
                f"{who} declares the kind of metric '{kind.name}', which there is already; rename it"
            )
        kinds[kind.name] = kind
    return kinds


def _of_scores() -> Iterator[tuple[str, MetricKind]]:
    for score in all_scores():
        if score.gate is not None:
            floor = Floor(score.gate, _RELATIVE)
            kind = MetricKind(score.name, score.unit, floor, signed=False)
            yield f"the score '{score.name}'", kind


def _of_benchmarks(parts: Mapping[str, GatePart]) -> Iterator[tuple[str, MetricKind]]:
    for benchmark, part in parts.items():
        for kind in part.kinds:
            yield f"the benchmark '{benchmark}'", kind


def metric_kind(name: str) -> MetricKind:
    """The kind of that name; one that is told as it is where a benchmark is not installed here."""
    return metric_kinds().get(name, MetricKind(name, "", Floor(0.0, 0.1)))
