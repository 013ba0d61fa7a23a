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

__all__ = [
    "PARTS",
    "Moments",
    "ShareCalibration",
    "design_of",
    "fit_shares",
    "ring_layer_sums",
    "scaled",
]

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


def design_of(energy: Array, theta: Array) -> Array:
    """What the moments are linear in, (N, 4).

    Args:
        energy: incident energies, (N,) MeV.
        theta: (N,) rad.
    """
    u = np.log(energy / _PIVOT_MEV)
    return np.stack([np.ones_like(u), u, u**2, 1 - np.sin(theta)], axis=1)


def ring_layer_sums(showers: NDArray[np.float32]) -> Array:
    """Sums over azimuth, (N, R, Z); all that shares and the visible energy depend on."""
    sums: Array = showers.sum(axis=2, dtype=np.float64)
    return sums


def scaled(showers: NDArray[np.float32], factors: Array) -> NDArray[np.float32]:
    """Multiply the cells, (N, R, PHI, Z), by factors of rings and layers, (N, R, Z)."""
    result: NDArray[np.float32] = showers * factors.astype(np.float32)[:, :, None, :]
    return result


def _log_shares(sums: Array, part: Part) -> Array:
    """ln(energy of the part / visible energy), (N, parts); NaN where it is zero."""
    summed = sums.sum(axis=2 if part == "rings" else 1)
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

    def at(self, design: Array, slot: int) -> tuple[Array, Array]:
        """Mean and deviation, (N, parts) each, for :func:`design_of` of energies and angles."""
        mean: Array = design @ self.mean[slot].T
        deviation: Array = np.exp(design[:, :2] @ self.log_deviation[slot].T)
        return mean, deviation


@dataclass(frozen=True)
class ShareCalibration:
    """Moments of a model's log shares and of those of Geant4."""

    part: Part
    source: Moments
    target: Moments

    def factors(self, sums: Array, design: Array, slot: int) -> Array:
        """By what each ring or layer has to be multiplied, (N, R, 1) or (N, 1, Z).

        Args:
            sums: the showers' :func:`ring_layer_sums`, (N, R, Z) MeV.
            design: :func:`design_of` their energies and angles, (N, 4).
            slot: one-hot slot of the detector.
        """
        shares = _log_shares(sums, self.part)
        mean, deviation = self.source.at(design, slot)
        new_mean, new_deviation = self.target.at(design, slot)
        wanted = new_mean + (shares - mean) * (new_deviation / deviation)
        limit = np.log(_LARGEST_FACTOR)
        change = wanted - shares
        change[np.isnan(change)] = 0
        factors: Array = np.exp(change.clip(-limit, limit))
        return factors[:, :, None] if self.part == "rings" else factors[:, None, :]


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
        shares = _log_shares(ring_layer_sums(cells), part)
        design = design_of(energy[slot], theta[slot])
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
