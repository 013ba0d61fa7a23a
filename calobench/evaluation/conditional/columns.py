"""The numbers of a shower that are judged: its scalar observables, and parts of its profiles.

Numbers that say the same thing at a fixed incident particle are judged once, or one defect would
be counted as several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.observables.base import Axis, Observable
from calobench.observables.features import FeatureTable

__all__ = ["ColumnInfo", "columns_of", "judged"]

Array = NDArray[np.float64]

_ORDERS = (1, 2)
_MAX_PARTS = 11


class ColumnInfo(NamedTuple):
    """Definition of a column: its name, the observable that it belongs to, a label and a unit."""

    name: str
    observable: str
    label: str
    unit: str


def columns_of(
    table: FeatureTable, detector: DetectorSpec, observables: Sequence[Observable]
) -> dict[ColumnInfo, Array]:
    """The columns of a table, each (N,); NaN where one is undefined for a shower.

    Args:
        table: observables of N showers.
        detector: gives the axes of profiles.
        observables: those of the table; what it lacks is left out.
    """
    columns: dict[ColumnInfo, Array] = {}
    for observable in judged(observables):
        name = observable.name
        if observable.axis is None:
            if name in table.scalars:
                info = ColumnInfo(name, name, observable.label, observable.unit)
                columns[info] = table.scalars[name]
        elif name in table.profiles:
            axis, profile = observable.axis(detector), table.profiles[name]
            harmonic = observable.harmonics is not None
            parts = _harmonics(observable, axis) if harmonic else _parts(observable, axis, profile)
            for info, weights in parts:
                columns[info] = profile @ weights
    return columns


def judged(observables: Iterable[Observable]) -> list[Observable]:
    """Those that the gate judges: no defect is to be counted twice.

    Left out is what others are judged in place of, and what another observable contains, unless that
    one is judged by its parts and this is one of them.

    Args:
        observables: of a table.
    """
    by_name = {observable.name: observable for observable in observables}
    kept = []
    for observable in by_name.values():
        whole = by_name.get(observable.part_of or "")
        contained = whole is not None and observable.name not in whole.judged_by
        if observable.gate and not contained and not observable.judged_by:
            kept.append(observable)
    return kept


def _harmonics(observable: Observable, axis: Axis) -> Iterator[tuple[ColumnInfo, Array]]:
    """Fourier coefficients of a profile in azimuth."""
    phi = (axis.edges[1:] + axis.edges[:-1]) / 2
    for order in _ORDERS:
        for wave, values in (("cos", np.cos(order * phi)), ("sin", np.sin(order * phi))):
            argument = "φ" if order == 1 else f"{order}φ"
            yield (
                ColumnInfo(
                    f"{observable.harmonics}_{wave}{order}",
                    observable.name,
                    f"{observable.label}, {wave} {argument}",
                    observable.unit,
                ),
                values,
            )


def _parts(
    observable: Observable, axis: Axis, profile: Array
) -> Iterator[tuple[ColumnInfo, Array]]:
    """Sums over equally many neighbouring entries, at most eleven of them."""
    entries = np.arange(profile.shape[1])
    together = -(-len(entries) // _MAX_PARTS)
    for first in range(0, len(entries), together):
        members = entries[first : first + together]
        last = int(members[-1])
        where = _between(axis, first, last)
        info = ColumnInfo(
            f"{observable.name}_{first:02d}_{last:02d}",
            observable.name,
            f"{observable.label}, {axis.label} {where}",
            observable.unit,
        )
        yield info, np.isin(entries, members).astype(np.float64)


def _between(axis: Axis, first: int, last: int) -> str:
    edges = [-np.inf, *axis.edges.tolist(), np.inf] if axis.flow else axis.edges.tolist()
    low, high = edges[first], edges[last + 1]
    unit = f" {axis.unit}" if axis.unit else ""
    if np.isinf(low):
        return f"< {high:.3g}{unit}"
    return f"≥ {low:.3g}{unit}" if np.isinf(high) else f"{low:.3g}–{high:.3g}{unit}"
