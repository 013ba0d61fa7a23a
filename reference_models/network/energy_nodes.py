"""Incident energies at which tables are given; between them these are interpolated in ln E."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["EnergyNodes"]


@dataclass(frozen=True)
class EnergyNodes:
    """Energies evenly spaced in ln E.

    Attributes:
        first_mev: the lowest, MeV.
        log_step: from each to the next, in ln E.
        count: how many there are.
    """

    first_mev: float
    log_step: float
    count: int

    def weights(self, energy: NDArray[np.float64]) -> NDArray[np.float32]:
        """Weights of the nodes at incident energies (N,), MeV: (N, count), of sum 1.

        Linear in ln E between nodes, that of the nearest node outside of them.
        """
        place = np.log(energy / self.first_mev) / self.log_step
        place = np.clip(place, 0, self.count - 1)[:, None]
        weights: NDArray[np.float32] = np.maximum(
            1 - np.abs(place - np.arange(self.count)), 0
        ).astype(np.float32)
        return weights
