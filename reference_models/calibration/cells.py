"""A calibration applied to cells: which are empty, how low energies and patterns in azimuth are spread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_models.calibration.tables import OFFSET_MEV, Calibration
from reference_models.marginals.sums import EMPTY_MEV
from reference_models.network.preprocessing import PIVOT_MEV

__all__ = ["CellCorrection", "turns"]

Array = NDArray[np.float32]


def turns(calibration: Calibration) -> Array:
    """By how much the slope of the map of low cells changes at each knot, (slots, KNOTS - 1, R, Z)."""
    steps, rises = (np.diff(t, axis=1) for t in (calibration.low_from, calibration.low_to))
    slopes = rises / steps
    changes: Array = np.diff(slopes, axis=1, prepend=np.zeros_like(slopes[:, :1]))
    return changes


class CellCorrection:
    """What a calibration does to the cells of one detector.

    1. Cell energies up to 0.5 MeV go through a monotone map of each ring and layer; it decides which cells
       are empty.
    2. The cells of a ring and layer become mean (E / mean)^p, where p depends on ring and incident energy.

    Empty cells stay empty, and a permutation of the azimuth before or after makes no difference. Sums are not
    kept: cells are scaled to them afterwards.

    Args:
        calibration: the tables.
        slot: one-hot slot of the detector.
    """

    def __init__(self, calibration: Calibration, slot: int) -> None:
        self._spread = calibration.spread[slot]
        knots = calibration.low_from[slot]
        self._knots, self._turns = knots[:, :, None], turns(calibration)[slot][:, :, None]
        self._lowest = calibration.low_to[slot][0][:, None]

    def __call__(self, showers: Array, energy: NDArray[np.float64]) -> Array:
        """Corrected cell energies, MeV, (N, R, PHI, Z).

        Args:
            showers: cell energies, MeV, (N, R, PHI, Z).
            energy: incident energies, MeV, (N,).
        """
        return self._spread_out(self._low(showers), energy)

    def _low(self, showers: Array) -> Array:
        logs = np.log(showers + np.float32(OFFSET_MEV))
        mapped = np.broadcast_to(self._lowest, logs.shape).copy()
        bounded = np.minimum(logs, self._knots[-1])
        for knot, turn in zip(self._knots, self._turns, strict=False):
            mapped += np.maximum(bounded - knot, 0) * turn
        cells = np.where(logs > self._knots[-1], showers, np.exp(mapped) - np.float32(OFFSET_MEV))
        cells[logs <= self._knots[0]] = 0
        return cells

    def _spread_out(self, showers: Array, energy: NDArray[np.float64]) -> Array:
        log_energy = np.log(energy / PIVOT_MEV).astype(np.float32)
        power = self._spread[0] + self._spread[1] * log_energy[:, None]
        mean = np.maximum(showers.mean(axis=2, keepdims=True), np.float32(EMPTY_MEV))
        cells: Array = mean * (showers / mean) ** power[:, :, None, None]
        return cells
