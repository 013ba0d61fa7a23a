"""Noise and spread that give a network's showers Geant4's patterns, both with the same marginals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference_models.network.preprocessing import PIVOT_MEV
from reference_models.samplers.noise import MAX_CORRELATION

__all__ = [
    "coherence",
    "fit_noise",
    "fit_spread",
    "radial_correlation",
]

Array = NDArray[np.float64]
Cells = NDArray[np.float32]

_ENERGY_BINS = 4
_FIRST_SLOPE = 0.7
# Cells far below it look empty: what correlates is not to be low cells alone.
_SCALE_MEV = 0.1
# Layers from which on, in both directions, a correlation of rings is not averaged any more.
_REACH = 6
# Showers whose logarithms are in memory at once.
_TOGETHER = 256
# A power of cells is moved by no more than this.
_SPREAD_RANGE = (0.5, 1.5)


def coherence(showers: Cells, token: int) -> Array:
    """Correlation of patterns in azimuth of neighbouring layers, inside tokens and across, (2,).

    The correlation of the observable ``azimuthal_coherence``, mean over showers and pairs of layers with the
    same weights.

    Args:
        showers: cell energies, MeV, (N, R, PHI, Z).
        token: layers of one token.
    """
    outside = showers[:, 1:].sum(axis=1, dtype=np.float64)
    energy = outside.sum(axis=1)
    pattern = outside - outside.mean(axis=1, keepdims=True)
    unit = pattern / np.maximum(np.sqrt(np.square(pattern).sum(axis=1, keepdims=True)), 1e-12)
    correlation = np.einsum("npz,npz->nz", unit[:, :, :-1], unit[:, :, 1:])
    weight = np.sqrt(energy[:, :-1] * energy[:, 1:])
    last = np.arange(weight.shape[1]) % token == token - 1
    pairs = (~last, last)
    sums = [((weight * correlation)[:, of].sum(), weight[:, of].sum()) for of in pairs]
    return np.array([part / whole if whole > 0 else 0.0 for part, whole in sums])


def radial_correlation(showers: Cells, weight: Array | None = None) -> tuple[Array, Array]:
    """Correlation of patterns in azimuth of neighbouring rings in each layer, (R - 1, Z), and its weight.

    Of ln(1 + E / 0.1 MeV) less its mean over the azimuth; mean over the layers nearby with weights that fall
    to 0 at 6 layers, because a single layer of an outer ring has few filled cells.

    Args:
        showers: cell energies, MeV, (N, R, PHI, Z).
        weight: of each place, as another sample has it; None: the geometric mean of both variances.
    """
    _, n_r, _, n_z = showers.shape
    covariance, variance = np.zeros((n_r - 1, n_z)), np.zeros((n_r, n_z))
    for start in range(0, len(showers), _TOGETHER):
        logs = np.log1p(showers[start : start + _TOGETHER] / np.float32(_SCALE_MEV))
        logs -= logs.mean(axis=2, keepdims=True)
        covariance += (logs[:, 1:] * logs[:, :-1]).sum(axis=(0, 2), dtype=np.float64)
        variance += np.square(logs).sum(axis=(0, 2), dtype=np.float64)
    both = np.sqrt(variance[1:] * variance[:-1])
    weight = both if weight is None else weight
    layer = np.arange(n_z)
    nearby = np.maximum(1 - np.abs(layer[:, None] - layer) / _REACH, 0)
    correlation = covariance / np.maximum(both, 1e-12)
    mean: Array = (correlation * weight) @ nearby / np.maximum(weight @ nearby, 1e-12)
    return mean, weight


def fit_noise(measure: Callable[[Array], Array], goal: Array, rounds: int = 2) -> Array:
    """Correlations of the noise with which showers have Geant4's correlations, (K,).

    Secants, each of them for itself.

    Args:
        measure: correlations (K,) of showers made with noise of the given ones (K,).
        goal: Geant4's.
        rounds: how often showers are made, the first time with white noise.
    """
    before = np.zeros(len(goal))
    seen_before = measure(before)
    slope = np.full(len(goal), _FIRST_SLOPE)
    now = _within(before + (goal - seen_before) / slope)
    for _ in range(rounds - 1):
        seen = measure(now)
        step = now - before
        moved = np.abs(step) > 1e-3
        measured = np.divide(seen - seen_before, step, where=moved, out=slope.copy())
        slope = np.clip(measured, _FIRST_SLOPE / 3, _FIRST_SLOPE * 3)
        before, seen_before = now, seen
        now = _within(now + (goal - seen) / slope)
    return now


def _within(correlation: Array) -> Array:
    return np.clip(correlation, -MAX_CORRELATION, MAX_CORRELATION)


def fit_spread(generated: Cells, reference: Cells, energy: Array) -> Cells:
    """Power of the cells of each ring, at 30 GeV and its change with ln E, (2, R).

    With it the energy-weighted variance of the cells of the innermost ring about their mean is that of the
    reference, in four bins of incident energy. The hottest cell is one of them. In other rings a few cells
    have most of the energy, and a power would move all others: it stays 1 there.

    Args:
        generated: cell energies, scaled to their sums, MeV, (N, R, PHI, Z).
        reference: Geant4's showers of the same particles.
        energy: incident energies, MeV, (N,).
    """
    edges = np.quantile(energy, np.linspace(0, 1, _ENERGY_BINS + 1)[1:-1])
    bins = np.digitize(energy, edges)
    at, powers = [], []
    for k in range(_ENERGY_BINS):
        rows = bins == k
        if not rows.any():
            continue
        ratio = _variance(reference[rows, 0]) / max(_variance(generated[rows, 0]), 1e-12)
        at.append(np.log(energy[rows] / PIVOT_MEV).mean())
        powers.append(np.clip(math.sqrt(ratio), *_SPREAD_RANGE))
    design = np.stack([np.ones(len(at)), at], axis=1)
    spread = np.zeros((2, generated.shape[1]), np.float32)
    spread[0] = 1
    spread[:, 0] = np.linalg.lstsq(design, np.array(powers), rcond=None)[0]
    return spread


def _variance(ring: Cells) -> float:
    """Variance of E / mean - 1 over the azimuth, weighted by the energy of the layer; ring (N, PHI, Z)."""
    mean = ring.mean(axis=1, keepdims=True, dtype=np.float64)
    relative = ring / np.maximum(mean, 1e-12) - 1
    weight = mean[:, 0]
    return float((np.square(relative).mean(axis=1) * weight).sum() / max(weight.sum(), 1e-12))
