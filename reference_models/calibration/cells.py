"""A calibration applied to cells: which are empty, and how energies and patterns in azimuth are spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_models.calibration.tables import (
    ENERGY_NODES,
    LOWEST_LOG_MEV,
    OFFSET_MEV,
    Calibration,
    knot_step,
    spread_rings,
)
from reference_models.marginals.sums import EMPTY_MEV
from reference_models.network.preprocessing import PIVOT_MEV

__all__ = ["CellCorrection"]

Array = NDArray[np.float32]


class CellCorrection:
    """Effect of a calibration on the cells of one detector.

    1. Cell energies up to 40 MeV go through a monotone map of each ring and layer, which depends on the
       incident energy; it decides which cells are empty.
    2. The cells of a ring and layer become mean (E / mean)^p, where p depends on ring and incident energy.

    Empty cells stay empty, and a permutation of the azimuth before or after makes no difference. Sums are not
    kept: cells are scaled to them afterwards.

    Args:
        calibration: the tables.
        slot: one-hot slot of the detector.
    """

    def __init__(self, calibration: Calibration, slot: int) -> None:
        self._spread = calibration.spread[slot]
        self._empty_below = calibration.empty_below[slot]
        # The knots of one cell side by side: cells are looked up one after the other.
        self._map = np.ascontiguousarray(calibration.cell_map[slot].transpose(0, 2, 3, 1))
        _, n_r, n_z, self._knots = self._map.shape
        self._first_knots = self._knots * np.arange(n_r * n_z).reshape(n_r, 1, n_z)
        self._spread_rings = slice(*spread_rings(self._spread))

    def __call__(self, showers: Array, energy: NDArray[np.float64]) -> Array:
        """Corrected cell energies, MeV, (N, R, PHI, Z).

        Args:
            showers: cell energies, MeV, (N, R, PHI, Z).
            energy: incident energies, MeV, (N,).
        """
        cells = self._mapped(showers, energy)
        rings = self._spread_rings
        cells[:, rings] = self._spread_out(cells[:, rings], energy)
        return cells

    def _mapped(self, showers: Array, energy: NDArray[np.float64]) -> Array:
        weights = ENERGY_NODES.weights(energy)
        empty_below, table = (
            weights @ one.reshape(len(one), -1) for one in (self._empty_below, self._map)
        )
        logs = showers + np.float32(OFFSET_MEV)
        np.log(logs, out=logs)
        place = logs - np.float32(LOWEST_LOG_MEV)
        place *= np.float32(1 / knot_step(self._knots))
        above = place > self._knots - 1
        # No energy is negative, so that this is the floor.
        below = np.minimum(place, self._knots - 2).astype(np.intp)
        place -= below
        # Of the table (N, R, Z, knots): the knots on either side of a cell.
        below += self._first_knots
        below += table.shape[1] * np.arange(len(table))[:, None, None, None]
        knots = table.reshape(-1)
        first = knots.take(below)
        changed: Array = knots[1:].take(below)
        changed -= first
        changed *= place
        changed += first
        np.exp(changed, out=changed)
        changed -= np.float32(OFFSET_MEV)
        # Rounding at the lowest knot must not make a cell negative: it is raised to a power.
        np.maximum(changed, 0, out=changed)
        np.copyto(changed, showers, where=above)
        changed *= logs > empty_below.reshape(len(table), *self._first_knots.shape)
        return changed

    def _spread_out(self, cells: Array, energy: NDArray[np.float64]) -> Array:
        log_energy = np.log(energy / PIVOT_MEV).astype(np.float32)
        first, change = self._spread[:, self._spread_rings]
        power = first + change * log_energy[:, None]
        mean = np.maximum(cells.mean(axis=2, keepdims=True), np.float32(EMPTY_MEV))
        spread: Array = mean * (cells / mean) ** power[:, :, None, None]
        return spread
