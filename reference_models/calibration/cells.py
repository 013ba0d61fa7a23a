"""A calibration applied to cells: which are empty, and how energies and patterns in azimuth are spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_models.calibration.tables import (
    ENERGY_NODES,
    KNOT_STEP,
    KNOTS,
    LOWEST_LOG_MEV,
    OFFSET_MEV,
    Calibration,
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
        self._empty_below, self._map = calibration.empty_below[slot], calibration.cell_map[slot]

    def __call__(self, showers: Array, energy: NDArray[np.float64]) -> Array:
        """Corrected cell energies, MeV, (N, R, PHI, Z).

        Args:
            showers: cell energies, MeV, (N, R, PHI, Z).
            energy: incident energies, MeV, (N,).
        """
        return self._spread_out(self._mapped(showers, energy), energy)

    def _mapped(self, showers: Array, energy: NDArray[np.float64]) -> Array:
        weights = ENERGY_NODES.weights(energy)
        empty_below, table = (
            (weights @ one.reshape(len(one), -1)).reshape(-1, *one.shape[1:])
            for one in (self._empty_below, self._map)
        )
        logs = np.log(showers + np.float32(OFFSET_MEV))
        place = (logs - np.float32(LOWEST_LOG_MEV)) * np.float32(1 / KNOT_STEP)
        above = place > KNOTS - 1
        below = np.floor(np.clip(place, 0, KNOTS - 2))
        # Of the table (N, KNOTS, R, Z): the knots on either side of a cell.
        n, _, n_r, n_z = table.shape
        first_knots = KNOTS * n_r * n_z * np.arange(n)[:, None, None, None]
        index = below.astype(np.intp) * (n_r * n_z)
        index += first_knots + np.arange(n_r * n_z).reshape(n_r, 1, n_z)
        first, second = table.reshape(-1).take(index), table.reshape(-1)[n_r * n_z :].take(index)
        changed = np.exp(first + (place - below) * (second - first)) - np.float32(OFFSET_MEV)
        # Rounding at the lowest knot must not make a cell negative: it is raised to a power.
        cells: Array = np.where(above, showers, np.maximum(changed, 0))
        cells[logs <= empty_below[:, :, None]] = 0
        return cells

    def _spread_out(self, showers: Array, energy: NDArray[np.float64]) -> Array:
        log_energy = np.log(energy / PIVOT_MEV).astype(np.float32)
        power = self._spread[0] + self._spread[1] * log_energy[:, None]
        mean = np.maximum(showers.mean(axis=2, keepdims=True), np.float32(EMPTY_MEV))
        cells: Array = mean * (showers / mean) ** power[:, :, None, None]
        return cells
