"""The model of the marginals: p(total response, layers, rings, centre of gravity | E, theta, phi, detector).

The total is a variable of its own: a total known to 1 % cannot come from 45 sums known to some per cent each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from calobench.showers import Conditions
from reference_models.inference.arrays import encode
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.fast import FastMarginals
from reference_models.marginals.sums import EMPTY_MEV, LOG_OFFSET_MEV, Sums
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import N_SLOTS, PIVOT_MEV
from reference_models.samplers.dpmpp_3m import DpmPlusPlus3M
from reference_models.samplers.schedule import exponential_sigmas

__all__ = [
    "LEVELS",
    "SIGMAS",
    "MarginalsModel",
    "Standard",
    "fit_standard",
    "from_vector",
    "to_vector",
]

Array = NDArray[np.float64]

# DPM-Solver++(3M) on 12 exponential levels is as near to the exact solution (0.009, data have a deviation of
# 0.5) as Heun's method on 20 Karras levels, which takes 39 evaluations; its response is 0.2 % too wide, and
# not 2 %.
LEVELS = 12
"""Noise levels of a draw."""
SIGMAS = (0.02, 20.0)
"""The smallest and the largest of them."""
_LEVELS = exponential_sigmas(LEVELS, *SIGMAS)
# Standardised values beyond are a shower that training has hardly seen.
_MAX_STANDARDISED = 8.0
_RIDGE = 1e-6


def to_vector(sums: Sums, energy: Array) -> Array:
    """Log response, log fractions of layers and rings, and centre of gravity, (N, 1 + Z + R + 2).

    Args:
        sums: marginals of N showers.
        energy: incident energies, MeV, (N,).
    """
    total = np.maximum(sums.total, 1e-6)[:, None]
    fractions = (
        np.log(part + LOG_OFFSET_MEV) - np.log(total) for part in (sums.layers, sums.rings)
    )
    return np.concatenate([np.log(total / energy[:, None]), *fractions, sums.centre], axis=1)


def from_vector(vector: Array, energy: Array, n_z: int) -> Sums:
    """Inverse of :func:`to_vector`; fractions are made to add up to the total.

    Args:
        vector: (N, 1 + Z + R + 2).
        energy: incident energies, MeV, (N,).
        n_z: number of layers.
    """
    total = np.exp(vector[:, :1]) * energy[:, None]
    layers, rings = (
        np.maximum(np.exp(part) * total - LOG_OFFSET_MEV, 0)
        for part in (vector[:, 1 : 1 + n_z], vector[:, 1 + n_z : -2])
    )
    # A shower without any energy has no fractions.
    layers, rings = (
        part * total / np.maximum(part.sum(axis=1, keepdims=True), EMPTY_MEV)
        for part in (layers, rings)
    )
    return Sums(layers, rings, vector[:, -2:])


@dataclass(frozen=True)
class Standard:
    """Mean and deviation of a vector as functions of energy and angle, per detector.

    The mean is quadratic in ln(E / 30 GeV) and linear in 1 - sin(theta) and their product; the deviation is a
    power of the energy.

    Attributes:
        mean: coefficients, float32 (slots, 5, K).
        log_deviation: coefficients, float32 (slots, 2, K).
    """

    mean: NDArray[np.float32]
    log_deviation: NDArray[np.float32]

    def at(self, conditions: Conditions, slot: int) -> tuple[Array, Array]:
        """Mean and deviation, (N, K) each."""
        design = _design(conditions)
        deviation = np.exp(design[:, :2] @ self.log_deviation[slot].astype(np.float64))
        return design @ self.mean[slot].astype(np.float64), deviation

    def normalised(self, vector: Array, conditions: Conditions, slot: int) -> Array:
        """In units in which the deviation is ``SIGMA_DATA``."""
        mean, deviation = self.at(conditions, slot)
        return (
            np.clip((vector - mean) / deviation, -_MAX_STANDARDISED, _MAX_STANDARDISED) * SIGMA_DATA
        )

    def restored(self, normalised: Array, conditions: Conditions, slot: int) -> Array:
        """Inverse of :meth:`normalised`."""
        mean, deviation = self.at(conditions, slot)
        return normalised / SIGMA_DATA * deviation + mean


def _design(conditions: Conditions) -> Array:
    log_energy = np.log(conditions.energy / PIVOT_MEV)
    oblique = 1 - np.sin(conditions.theta)
    columns = (np.ones_like(log_energy), log_energy, log_energy**2, oblique, oblique * log_energy)
    return np.stack(columns, axis=1)


def fit_standard(samples: dict[int, tuple[Array, Conditions]]) -> Standard:
    """Least squares per detector.

    Args:
        samples: by one-hot slot, vectors (N, K) with their conditions. Slots without showers stay zero.
    """
    size = next(iter(samples.values()))[0].shape[1]
    mean, log_deviation = np.zeros((N_SLOTS, 5, size)), np.zeros((N_SLOTS, 2, size))
    for slot, (vector, conditions) in samples.items():
        design = _design(conditions)
        mean[slot] = np.linalg.lstsq(design, vector, rcond=None)[0]
        residual = vector - design @ mean[slot]
        line = design[:, :2]
        log_deviation[slot] = np.linalg.lstsq(line, np.log(np.abs(residual) + _RIDGE), rcond=None)[
            0
        ]
        # The mean of a logarithm is below the logarithm of the deviation.
        log_deviation[slot, 0] += np.log(
            (residual / np.exp(line @ log_deviation[slot])).std(axis=0)
        )
    return Standard(mean.astype(np.float32), log_deviation.astype(np.float32))


@dataclass(frozen=True)
class MarginalsModel:
    """Draws marginals for given conditions.

    Attributes:
        network: the denoiser of standardised vectors.
        standard: of the vectors.
        n_z: number of layers.
    """

    network: MarginalsNetwork
    standard: Standard
    n_z: int = 45

    @cached_property
    def _fast(self) -> FastMarginals:
        return FastMarginals(self.network)

    @torch.inference_mode()
    def sample(self, conditions: Conditions, slot: int, generator: torch.Generator) -> Sums:
        """Marginals of one shower for each condition.

        Args:
            conditions: incident particles, (N,).
            slot: one-hot slot of the detector.
            generator: source of randomness.
        """
        noise = torch.randn(len(conditions), self.network.size, generator=generator)
        return self.sample_from(conditions, slot, noise)

    @torch.inference_mode()
    def sample_from(self, conditions: Conditions, slot: int, noise: Tensor) -> Sums:
        """Marginals that belong to given noise.

        Args:
            conditions: incident particles, (N,).
            slot: one-hot slot of the detector.
            noise: standard normal, (N, size).
        """
        fast, told = self._fast, self._fast.told(encode(conditions, slot))

        def denoise(x: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
            return fast(x, sigma, told)

        # It draws nothing, and only does arithmetic: of arrays, as PyTorch's calls take longer than that.
        sampler: Any = DpmPlusPlus3M()
        drawn = sampler(denoise, noise.numpy() * float(_LEVELS[0]), _LEVELS, None)
        vector = self.standard.restored(drawn.astype(np.float64), conditions, slot)
        return from_vector(vector, conditions.energy, self.n_z)
