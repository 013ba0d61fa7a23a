"""The tables of a calibration, as they are stored with the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reference_models.network.energy_nodes import EnergyNodes
from reference_models.network.preprocessing import N_SLOTS

__all__ = [
    "ENERGY_NODES",
    "HIGHEST_LOG_MEV",
    "KNOTS",
    "LOWEST_LOG_MEV",
    "MIN_MEV",
    "OFFSET_MEV",
    "UNCHANGED_ABOVE_MEV",
    "Calibration",
    "calibration_shapes",
    "identity",
    "knot_logs",
    "knot_step",
    "refined",
    "spread_rings",
]

Array = NDArray[np.float32]

KNOTS = 73
"""Of a map of cell energies, evenly spaced in log(E + 5 keV). With 25, as in maps of before, the edge of the
peak of minimum-ionising particles in silicon, some 15 % wide, was a slope from 0.08 to 0.25 MeV."""
UNCHANGED_ABOVE_MEV = 40.0
"""Cells above keep the energy that the network gives them."""
OFFSET_MEV = 0.005
"""Energies are mapped as log(E + 5 keV), which an energy near zero does not make large."""
LOWEST_LOG_MEV = math.log(OFFSET_MEV)
HIGHEST_LOG_MEV = math.log(UNCHANGED_ABOVE_MEV + OFFSET_MEV)
ENERGY_NODES = EnergyNodes(first_mev=1e3 * 10 ** (1 / 3), log_step=2 / 3 * math.log(10), count=3)
"""Incident energies of the maps: the middles of the thirds of 1 to 100 GeV, 2.2, 10 and 46 GeV."""
MIN_MEV = 1e-5
"""Cells below 10 eV are empty."""


@dataclass(frozen=True)
class Calibration:
    """Tables that give a network's showers Geant4's patterns and cells; by one-hot slot.

    Attributes:
        noise: correlation of the starting noise of neighbouring layers, of one token and of two,
            (slots, 2); see :mod:`reference_models.samplers.noise`.
        ring_noise: correlation of the starting noise of neighbouring rings of a layer, (slots, R - 1, Z).
        spread: power by which cells of a ring and layer go with their mean, at 30 GeV and its change with
            ln E, (slots, 2, R).
        empty_below: log(E + 5 keV), log MeV, below which a cell is empty, (slots, nodes, R, Z).
        cell_map: what becomes of log(E + 5 keV) at each knot, (slots, nodes, KNOTS, R, Z), increasing with
            them. Cells above the last one stay as they are.
    """

    noise: Array
    ring_noise: Array
    spread: Array
    empty_below: Array
    cell_map: Array

    @property
    def knots(self) -> int:
        """Of a map."""
        return int(self.cell_map.shape[2])


def knot_step(knots: int) -> float:
    """Distance of the knots of a map in log(E + 5 keV)."""
    return (HIGHEST_LOG_MEV - LOWEST_LOG_MEV) / (knots - 1)


def knot_logs(knots: int) -> Array:
    """log(E + 5 keV) at the knots of a map, log MeV, (knots,)."""
    logs: Array = (LOWEST_LOG_MEV + knot_step(knots) * np.arange(knots)).astype(np.float32)
    return logs


def refined(calibration: Calibration, knots: int = KNOTS) -> Calibration:
    """The same calibration with maps of another number of knots, on the lines between those of before."""
    before = calibration.cell_map
    place = np.linspace(0, calibration.knots - 1, knots)
    below = np.minimum(place.astype(np.intp), calibration.knots - 2)
    way = (place - below).astype(np.float32)[:, None, None]
    first, second = (before[:, :, k] for k in (below, below + 1))
    return replace(calibration, cell_map=first + way * (second - first))


def calibration_shapes(n_r: int, n_z: int, knots: int = KNOTS) -> dict[str, tuple[int, ...]]:
    """Shapes of the tables by name.

    Args:
        n_r: number of rings.
        n_z: number of layers.
        knots: of a map.
    """
    of_cells = (n_r, n_z)
    return {
        "noise": (N_SLOTS, 2),
        "ring_noise": (N_SLOTS, n_r - 1, n_z),
        "spread": (N_SLOTS, 2, n_r),
        "empty_below": (N_SLOTS, ENERGY_NODES.count, *of_cells),
        "cell_map": (N_SLOTS, ENERGY_NODES.count, knots, *of_cells),
    }


def identity(n_r: int, n_z: int, cut_mev: float) -> Calibration:
    """The calibration that changes nothing but that cells below a cut are empty.

    Args:
        n_r: number of rings.
        n_z: number of layers.
        cut_mev: the cut.
    """
    shapes = calibration_shapes(n_r, n_z)
    spread = np.zeros(shapes["spread"], np.float32)
    spread[:, 0] = 1
    lowest = np.float32(math.log(max(cut_mev, MIN_MEV) + OFFSET_MEV))
    table = np.broadcast_to(knot_logs(KNOTS)[:, None, None], shapes["cell_map"]).copy()
    empty = np.full(shapes["empty_below"], lowest)
    noise, ring_noise = (np.zeros(shapes[name], np.float32) for name in ("noise", "ring_noise"))
    return Calibration(noise, ring_noise, spread, empty, table)


def spread_rings(spread: Array) -> tuple[int, int]:
    """The first ring whose cells are raised to a power other than 1, and the one after the last, or (0, 0).

    Args:
        spread: of one detector (2, R), or of several (slots, 2, R), of which any counts.
    """
    first, change = np.moveaxis(spread, -2, 0)
    changed = np.flatnonzero(
        ((first != 1) | (change != 0)).reshape(-1, spread.shape[-1]).any(axis=0)
    )
    return (int(changed[0]), int(changed[-1]) + 1) if len(changed) else (0, 0)
