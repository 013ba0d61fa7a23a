"""Spectrum of the cell energies of a shower.

Formula: n_b, the number of cells whose energy lies in bin b of log10(E_i / MeV); hottest cell: max E_i /
E_vis.

Pitfalls: the spectrum covers orders of magnitude: a fault in a few hot cells is invisible in a number that
counts cells, and one in many weak cells in a number that sums energy. The hottest cell is the largest of
thousands, so that tails decide over it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import significant
from calobench.detectors.spec import DetectorSpec
from calobench.observables.base import Axis, Observable, PlainWords, Projections
from calobench.observables.cells import cells_in_bins
from calobench.observables.moments import ratio

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]

# Five bins a decade from 0.01 MeV to 100 MeV.
EDGES_MEV = significant(np.logspace(-2, 2, 21))


def _cell_energy(_: DetectorSpec) -> Axis:
    return Axis(label="cell energy", unit="MeV", edges=EDGES_MEV, flow=True, log=True)


def _spectrum(showers: Projections) -> Array:
    return cells_in_bins(showers.showers.energy, EDGES_MEV)


def _hottest_cell(showers: Projections) -> Array:
    return ratio(showers.hottest[0], showers.total)


def _hottest_cell_energy(showers: Projections) -> Array:
    return showers.hottest[0]


def _hottest_cell_depth(showers: Projections) -> Array:
    depth = showers.mesh.z_centres[showers.hottest[1]]
    return np.where(showers.total > 0, depth, np.nan)


OBSERVABLES = (
    Observable(
        name="cell_spectrum",
        label="cells per shower",
        unit="",
        family="spectrum",
        topic="cells",
        description=(
            "Number of cells in each bin of cell energy; the first entry counts cells with some "
            "energy below 0.01 MeV, the last those from 100 MeV; empty cells are not counted."
        ),
        compute=_spectrum,
        axis=_cell_energy,
        log_y=True,
        terminal=True,
        picture="Cell energies",
    ),
    Observable(
        name="hottest_cell",
        label="E_max / E_vis",
        unit="",
        family="spectrum",
        topic="cells",
        description="Energy of the hottest cell over the visible energy.",
        compute=_hottest_cell,
        main=7,
        terminal=True,
        verdict=True,
        plain=PlainWords(mean="fraction of energy in the hottest cell"),
        curves=("energy",),
    ),
    Observable(
        name="hottest_cell_energy",
        label="E_max",
        unit="MeV",
        family="spectrum",
        topic="cells",
        description="Energy of the hottest cell.",
        compute=_hottest_cell_energy,
        judged_by=("hottest_cell", "response"),
    ),
    Observable(
        name="hottest_cell_depth",
        label="z(E_max)",
        unit="mm",
        family="spectrum",
        topic="cells",
        description="Depth of the centre of the hottest cell.",
        compute=_hottest_cell_depth,
    ),
)
