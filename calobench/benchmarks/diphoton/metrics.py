"""Two photons close together in a few numbers with errors, as a gate compares them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import to_digits
from calobench.benchmarks.diphoton.curves import EventTable
from calobench.benchmarks.diphoton.estimates import (
    log_resolution,
    mean_over_pairs,
    ratio_over_pairs,
)
from calobench.benchmarks.diphoton.record import (
    DIPHOTON_PREFIX,
    DiphotonMetrics,
    Measured,
    TurnonRecord,
)
from calobench.benchmarks.diphoton.sample import SingleTable
from calobench.results.quality import (
    Column,
    CountMetric,
    EstimateMetric,
    Kind,
    Metric,
)

__all__ = ["diphoton_metrics"]

Floats = NDArray[np.float64]

_DIGITS = 8


class _Number(NamedTuple):
    value: float
    error: float


class _Sides(NamedTuple):
    """Geant4's and the model's."""

    pairs: tuple[EventTable, EventTable]
    singles: tuple[SingleTable, SingleTable]
    bins: int

    def vectors(self, name: str) -> tuple[Floats, Floats]:
        reference, model = (table.vectors(name, self.bins) for table in self.pairs)
        return reference, model


def diphoton_metrics(
    pairs: tuple[EventTable, EventTable],
    singles: tuple[SingleTable, SingleTable],
    turnon: TurnonRecord,
    bins: int,
) -> DiphotonMetrics:
    """All metrics of one run.

    Args:
        pairs: two-photon events of Geant4 and of the model, whole pairs in order.
        singles: single showers of the two.
        turnon: separation at which half of the pairs is reconstructed as two.
        bins: of separation, K.
    """
    sides = _Sides(pairs, singles, bins)
    made = [*_half(sides, turnon), *_means(sides), *_alone(sides)]
    n_reference, n = (len(table.pair) // bins for table in pairs)
    return DiphotonMetrics(
        n=n,
        n_reference=n_reference,
        columns=tuple(column for column, _ in made),
        metrics=tuple(metric for _, metric in made),
    )


def _half(sides: _Sides, turnon: TurnonRecord) -> Iterator[tuple[Column, Metric]]:
    def number(measured: Measured | None) -> _Number | None:
        return None if measured is None else _Number(measured.value, measured.error)

    yield from _estimate(
        "half_separation",
        "separation",
        "separation at which half of the pairs is found as two",
        (number(turnon.reference_mm), number(turnon.model_mm)),
        tuple(len(table.pair) // sides.bins for table in sides.pairs),
    )


def _means(sides: _Sides) -> Iterator[tuple[Column, Metric]]:
    n = tuple(len(table.pair) // sides.bins for table in sides.pairs)
    averaged: tuple[tuple[str, Kind, str], ...] = (
        ("exactly_two", "efficiency", "efficiency to find exactly two"),
        ("at_least_two", "efficiency", "efficiency to find at least two"),
        ("count", "multiplicity", "photons found"),
        ("response", "photon_energy", "energy of the leading two / incident"),
        ("fragments", "photon_energy", "energy outside the leading two"),
    )
    for name, kind, label in averaged:
        means = [_Number(*mean_over_pairs(vectors)) for vectors in sides.vectors(name)]
        yield from _estimate(name, kind, label, (means[0], means[1]), n)
    half = sides.bins // 2
    if half:
        # Opposite changes near and far cancel in a mean, not in this.
        means = [
            _Number(*mean_over_pairs(vectors[:, -half:] - vectors[:, :half]))
            for vectors in sides.vectors("exactly_two")
        ]
        label = "efficiency to find exactly two, far apart minus close"
        yield from _estimate("far_minus_near", "efficiency", label, (means[0], means[1]), n)
    ratios = [ratio_over_pairs(vectors) for vectors in sides.vectors("separation")]
    numbers = [None if one is None else _Number(*one) for one in ratios]
    label = "separation, found - true"
    yield from _estimate("separation", "separation", label, (numbers[0], numbers[1]), n)


def _alone(sides: _Sides) -> Iterator[tuple[Column, Metric]]:
    n = tuple(len(table.photons) for table in sides.singles)
    means = [_Number(*mean_over_pairs(table.response[:, None])) for table in sides.singles]
    label = "one photon: energy / incident"
    yield from _estimate("single.response", "photon_energy", label, (means[0], means[1]), n)
    logs = [log_resolution(table.response) for table in sides.singles]
    numbers = [None if one is None else _Number(*one) for one in logs]
    yield from _estimate(
        "single.resolution",
        "photon_resolution",
        "one photon: resolution",
        (numbers[0], numbers[1]),
        n,
    )
    split = [int(np.sum(table.photons > 1)) for table in sides.singles]
    lost = [int(np.sum(table.photons == 0)) for table in sides.singles]
    yield _counted("single.split", "one photon found as two or more", split, n)
    yield _counted("single.lost", "one photon not found", lost, n)


def _estimate(
    name: str,
    kind: Kind,
    label: str,
    numbers: tuple[_Number | None, _Number | None],
    n: tuple[int, ...],
) -> Iterator[tuple[Column, Metric]]:
    """The metric, or none where either side does not define it."""
    reference, model = numbers
    if reference is None or model is None:
        return
    unit = "mm" if kind == "separation" else ""
    column = _column(name, label, unit, reference.value, reference.error * n[0] ** 0.5)
    yield (
        column,
        EstimateMetric(
            name=column.name,
            kind=kind,
            columns=(column.name,),
            value=_rounded(model.value),
            error=_rounded(model.error),
            n=n[1],
            reference=_rounded(reference.value),
            reference_error=_rounded(reference.error),
            n_reference=n[0],
        ),
    )


def _counted(
    name: str, label: str, counts: list[int], n: tuple[int, ...]
) -> tuple[Column, CountMetric]:
    fraction = counts[0] / n[0]
    column = _column(name, label, "", fraction, (fraction * (1 - fraction)) ** 0.5)
    return column, CountMetric(
        name=column.name,
        kind="fake",
        columns=(column.name,),
        count=counts[1],
        n=n[1],
        reference_count=counts[0],
        n_reference=n[0],
    )


def _column(name: str, label: str, unit: str, mean: float, width: float) -> Column:
    full = f"{DIPHOTON_PREFIX}{name}"
    return Column(
        name=full,
        observable=full,
        label=label,
        unit=unit,
        mean=_rounded(mean),
        width=_rounded(width),
    )


def _rounded(x: float) -> float:
    return to_digits(x, _DIGITS)
