"""The marginals as the shape network is told them: logarithms, standardised per detector along ln E."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.showers import Conditions
from reference_models.marginals.sums import Sums
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import N_SLOTS, PIVOT_MEV

__all__ = ["SumsScale", "fit_sums_scale"]

Array = NDArray[np.float64]

# A number that hardly varies is told in units that it can be told in.
_MIN_DEVIATION = 0.05


@dataclass(frozen=True)
class SumsScale:
    """Mean, slope with ln(E / 30 GeV) and deviation of the logarithms of sums, float32 (slots, K) each."""

    mean: NDArray[np.float32]
    slope: NDArray[np.float32]
    deviation: NDArray[np.float32]

    def standardised(self, sums: Sums, energy: Array, slot: int) -> NDArray[np.float32]:
        """In units in which the deviation is ``SIGMA_DATA``, (N, K).

        Args:
            sums: marginals of N showers.
            energy: incident energies, MeV, (N,).
            slot: one-hot slot of the detector.
        """
        log_energy = np.log(energy / PIVOT_MEV)[:, None]
        centre = self.mean[slot] + self.slope[slot] * log_energy
        scaled: NDArray[np.float32] = (
            (sums.logarithms() - centre) / self.deviation[slot] * SIGMA_DATA
        ).astype(np.float32)
        return scaled


def fit_sums_scale(samples: dict[int, tuple[Sums, Conditions]]) -> SumsScale:
    """Least squares per detector.

    Args:
        samples: by one-hot slot. Slots without showers keep mean 0 and deviation 1.
    """
    size = next(iter(samples.values()))[0].logarithms().shape[1]
    mean, slope, deviation = (
        np.zeros((N_SLOTS, size)),
        np.zeros((N_SLOTS, size)),
        np.ones((N_SLOTS, size)),
    )
    for slot, (sums, conditions) in samples.items():
        values, log_energy = sums.logarithms(), np.log(conditions.energy / PIVOT_MEV)
        design = np.stack([np.ones_like(log_energy), log_energy], axis=1)
        mean[slot], slope[slot] = np.linalg.lstsq(design, values, rcond=None)[0]
        deviation[slot] = (values - design @ np.stack([mean[slot], slope[slot]])).std(axis=0)
    deviation = np.maximum(deviation, _MIN_DEVIATION)
    return SumsScale(*(table.astype(np.float32) for table in (mean, slope, deviation)))
