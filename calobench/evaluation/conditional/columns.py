"""The numbers of a shower that are judged: its scalar observables, and parts of its profiles.

Numbers that say the same thing at a fixed incident particle are judged once, or one defect would
be counted as several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.observables.base import Axis, Observable
from calobench.observables.features import FeatureTable

__all__ = ["KEY_COLUMNS", "ColumnInfo", "columns_of"]

Array = NDArray[np.float64]

KEY_COLUMNS = (
    "response",
    "centre_of_gravity_z",
    "width_z",
    "centre_of_gravity_r",
    "width_r",
    "cells_above_100kev",
    "hottest_cell",
)
"""Numbers that describe different things of a shower: how they go together is judged."""

# Said by another number: at fixed energy the visible energy is the response, and the energy of the
# hottest cell its share; empty cells are what cells above thresholds leave; half the energy lies
# within the centre of gravity in depth (correlation 0.99) and in radius where ring 0 ends (0.999); a
# direction has no mean, its harmonics have.
_SAID_ELSEWHERE = frozenset(
    {
        "visible_energy",
        "hottest_cell_energy",
        "empty_cells",
        "depth_50",
        "radius_50",
        "centre_of_gravity_phi",
    }
)

# Profiles whose parts are scalar observables too (layers_..., ring_...), or harmonics; their energies
# are shares times the response.
_PROFILES_SAID_ELSEWHERE = frozenset(
    {"longitudinal_profile", "layer_energy", "radial_profile", "ring_energy", "sector_energy"}
)

# Profiles in azimuth, and what their harmonics are called.
_HARMONICS_OF = {"azimuthal_profile": "azimuth", "sector_occupancy": "occupancy"}
_ORDERS = (1, 2)
_MOST_PARTS = 11


class ColumnInfo(NamedTuple):
    """What a column is: its name, the observable that it belongs to, a label and a unit."""

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
    found: dict[ColumnInfo, Array] = {}
    for observable in observables:
        name = observable.name
        if observable.axis is None:
            if name in table.scalars and name not in _SAID_ELSEWHERE:
                info = ColumnInfo(name, name, observable.label, observable.unit)
                found[info] = table.scalars[name]
        elif name in table.profiles and name not in _PROFILES_SAID_ELSEWHERE:
            axis, profile = observable.axis(detector), table.profiles[name]
            harmonic = name in _HARMONICS_OF
            parts = _harmonics(observable, axis) if harmonic else _parts(observable, axis, profile)
            for info, weights in parts:
                found[info] = profile @ weights
    return found


def _harmonics(observable: Observable, axis: Axis) -> Iterator[tuple[ColumnInfo, Array]]:
    """Fourier coefficients of a profile in azimuth."""
    phi = (axis.edges[1:] + axis.edges[:-1]) / 2
    for order in _ORDERS:
        for wave, values in (("cos", np.cos(order * phi)), ("sin", np.sin(order * phi))):
            argument = "φ" if order == 1 else f"{order}φ"
            yield (
                ColumnInfo(
                    f"{_HARMONICS_OF[observable.name]}_{wave}{order}",
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
    together = -(-len(entries) // _MOST_PARTS)
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
