"""Calibration of the shares of the visible energy that rings or layers get, shower by shower.

Cells with the right spectrum can still add up wrongly: the sum over a ring fluctuates too much when
neighbouring cells vary together more than they should. Here the logarithm of every share is shifted and
stretched so that its mean and its deviation, both smooth functions of the incident energy, are those
of the Geant4 training showers. The order of the showers, and with it the correlations, are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["PARTS", "Moments", "ShareCalibration", "fit_shares"]

Array = NDArray[np.float64]
Part = Literal["layers", "rings"]
PARTS: tuple[Part, ...] = ("layers", "rings")
"""In the order in which they are calibrated."""
_PIVOT_MEV = 30e3
# E[ln |z|] of a standard normal z is -(gamma + ln 2) / 2.
_MEAN_LOG_ABS = -(np.euler_gamma + np.log(2)) / 2
# No share is changed by more than this factor: a tail of the training sample is no law.
_LARGEST_FACTOR = 3.0
_LEAST_SHOWERS = 30


def _design(energy: Array, theta: Array) -> Array:
    u = np.log(energy / _PIVOT_MEV)
    return np.stack([np.ones_like(u), u, u**2, 1 - np.sin(theta)], axis=1)


def _log_shares(showers: NDArray[np.float32], part: Part) -> Array:
    """ln(energy of the part / visible energy), (N, parts); NaN where it is zero."""
    summed = showers.sum(axis=(2, 3) if part == "rings" else (1, 2), dtype=np.float64)
    total = summed.sum(axis=1, keepdims=True)
    out: Array = np.full(summed.shape, np.nan)
    np.log(summed / np.maximum(total, 1e-12), out=out, where=summed > 0)
    return out


@dataclass(frozen=True)
class Moments:
    """Mean and deviation of the log shares.

    Attributes:
        mean: coefficients of the mean, (slots, parts, 4).
        log_deviation: coefficients of ln(deviation) in 1 and ln E, (slots, parts, 2).
    """

    mean: Array
    log_deviation: Array

    def at(self, energy: Array, theta: Array, slot: int) -> tuple[Array, Array]:
        """Mean and deviation, (N, parts) each."""
        design = _design(energy, theta)
        mean: Array = design @ self.mean[slot].T
        deviation: Array = np.exp(design[:, :2] @ self.log_deviation[slot].T)
        return mean, deviation


@dataclass(frozen=True)
class ShareCalibration:
    """Moments of a model's log shares and of those of Geant4."""

    part: Part
    source: Moments
    target: Moments

    def apply(
        self, showers: NDArray[np.float32], energy: Array, theta: Array, slot: int
    ) -> NDArray[np.float32]:
        """Rescale the rings or layers of each shower.

        Args:
            showers: (N, R, PHI, Z) MeV.
            energy: incident energies, (N,) MeV.
            theta: (N,) rad.
            slot: one-hot slot of the detector.
        """
        shares = _log_shares(showers, self.part)
        mean, deviation = self.source.at(energy, theta, slot)
        new_mean, new_deviation = self.target.at(energy, theta, slot)
        wanted = new_mean + (shares - mean) * (new_deviation / deviation)
        limit = np.log(_LARGEST_FACTOR)
        factor = np.exp(np.clip(np.nan_to_num(wanted - shares), -limit, limit)).astype(np.float32)
        shape = factor[:, :, None, None] if self.part == "rings" else factor[:, None, None, :]
        rescaled: NDArray[np.float32] = showers * shape
        return rescaled


def fit_shares(
    part: Part,
    showers: dict[int, NDArray[np.float32]],
    energy: dict[int, Array],
    theta: dict[int, Array],
    slots: int,
) -> Moments:
    """Least-squares moments of each slot; a slot or part with too few showers changes nothing.

    Args:
        part: rings or layers.
        showers: of each slot, (N, R, PHI, Z) MeV.
        energy: incident energies, (N,) MeV.
        theta: (N,) rad.
        slots: number of one-hot slots.
    """
    parts = next(iter(showers.values())).shape[1 if part == "rings" else 3]
    mean, log_deviation = np.zeros((slots, parts, 4)), np.zeros((slots, parts, 2))
    for slot, cells in showers.items():
        shares, design = _log_shares(cells, part), _design(energy[slot], theta[slot])
        for k in range(parts):
            filled = np.isfinite(shares[:, k])
            if filled.sum() < _LEAST_SHOWERS:
                continue
            x, d = shares[filled, k], design[filled]
            mean[slot, k] = np.linalg.lstsq(d, x, rcond=None)[0]
            residual = np.abs(x - d @ mean[slot, k]) + 1e-9
            log_deviation[slot, k] = np.linalg.lstsq(
                d[:, :2], np.log(residual) - _MEAN_LOG_ABS, rcond=None
            )[0]
    return Moments(mean, log_deviation)
