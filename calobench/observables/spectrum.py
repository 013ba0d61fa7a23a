"""How the energy of a shower is shared among cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.observables.base import Axis, Observable, Projections
from calobench.observables.moments import ratio

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]

# Five bins a decade from 0.01 MeV to 100 MeV.
EDGES_MEV = np.logspace(-2, 2, 21)


def _cell_energy(_: DetectorSpec) -> Axis:
    return Axis(label="cell energy", unit="MeV", edges=EDGES_MEV, flow=True, log=True)


def _spectrum(showers: Projections) -> Array:
    cells = showers.showers.energy.reshape(len(showers.showers), -1)
    shower, cell = np.nonzero(cells > 0)
    energy = cells[shower, cell].astype(np.float64)
    entries = len(EDGES_MEV) + 1
    index = shower * entries + np.searchsorted(EDGES_MEV, energy, side="right")
    counts = np.bincount(index, minlength=len(cells) * entries)
    return counts.reshape(len(cells), entries).astype(np.float64)


def _hottest_cell(showers: Projections) -> Array:
    return ratio(showers.showers.energy.max(axis=(1, 2, 3)).astype(np.float64), showers.total)


OBSERVABLES = (
    Observable(
        name="cell_spectrum",
        label="cells a shower",
        unit="",
        family="spectrum",
        description=(
            "Number of cells in each bin of cell energy; the first entry counts cells with some "
            "energy below 0.01 MeV, the last those from 100 MeV; empty cells are not counted."
        ),
        compute=_spectrum,
        axis=_cell_energy,
        log_y=True,
    ),
    Observable(
        name="hottest_cell",
        label="E_max / E_vis",
        unit="",
        family="spectrum",
        description="Energy of the hottest cell over the visible energy.",
        compute=_hottest_cell,
    ),
)
