"""Calibration tables from a network's showers and Geant4's, both with the same marginals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference_models.calibration.tables import KNOTS, LEAST_MEV, OFFSET_MEV, UNCHANGED_ABOVE_MEV
from reference_models.network.preprocessing import PIVOT_MEV
from reference_models.samplers.noise import LARGEST_CORRELATION

__all__ = ["coherence", "fit_low_cells", "fit_noise", "fit_spread"]

Array = NDArray[np.float64]
Cells = NDArray[np.float32]

LOW_MEV = 0.1
"""Energies below are mapped by their quantiles; from here on the map goes over into the identity."""

# Fractions of the low cells at which quantiles are taken: most at the lowest energies.
_FRACTIONS = (0.0, 1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
_LEAST_LOG_MEV = math.log(LEAST_MEV + OFFSET_MEV)
_LEAST_STEP = 1e-4
# Of the map in logarithms: rounding must stay rounding (`parity`: 1e-5).
_LARGEST_SLOPE = 3.0
_ENERGY_BINS = 4
_FIRST_SLOPE = 0.7
# A power of cells is moved by no more than this.
_SPREAD_RANGE = (0.5, 1.5)


def coherence(showers: Cells, token: int) -> Array:
    """How well patterns in azimuth of neighbouring layers go together, inside tokens and across, (2,).

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


def fit_noise(measure: Callable[[Array], Array], goal: Array, rounds: int = 2) -> Array:
    """Correlations of the noise, inside tokens and across, with which showers have Geant4's coherence.

    Secants, each of the two for itself.

    Args:
        measure: coherence (2,) of showers made with noise of the given correlations (2,).
        goal: Geant4's.
        rounds: how often showers are made again after the first time.
    """
    before, seen_before = np.zeros(2), measure(np.zeros(2))
    slope = np.full(2, _FIRST_SLOPE)
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
    return np.clip(correlation, -LARGEST_CORRELATION, LARGEST_CORRELATION)


def fit_low_cells(generated: Cells, reference: Cells) -> tuple[Cells, Cells]:
    """The map of low cell energies of each ring and layer: from and to, (KNOTS, R, Z) each.

    As many cells become empty as are in the reference, and the others below 0.1 MeV get its spectrum, as
    far as a map allows whose slope in logarithms is at most 3.

    Args:
        generated: cell energies without any cut, scaled to their sums, MeV, (N, R, PHI, Z).
        reference: Geant4's showers of the same particles.
    """
    source, goal = _sorted(generated), _sorted(reference)
    empty, low = ((goal <= edge).mean(axis=2) for edge in (0.0, LOW_MEV))
    ends = np.full((1, *empty.shape), math.log(UNCHANGED_ABOVE_MEV + OFFSET_MEV))
    knots = [empty + (low - empty) * fraction for fraction in _FRACTIONS]
    before, after = (
        np.concatenate([np.stack([_quantile(cells, p) for p in knots]), ends])
        for cells in (source, goal)
    )
    # Where Geant4 leaves no cell empty, none is made so.
    full = empty == 0
    before[0][full] = after[0][full] = _LEAST_LOG_MEV
    before, after = _increasing(before), _increasing(after)
    for k in range(KNOTS - 2, -1, -1):
        least = after[k + 1] - _LARGEST_SLOPE * (before[k + 1] - before[k])
        after[k] = np.maximum(after[k], least)
    return before, after


def _sorted(cells: Cells) -> Cells:
    _, n_r, _, n_z = cells.shape
    ordered: Cells = np.sort(cells.transpose(1, 3, 0, 2).reshape(n_r, n_z, -1), axis=2)
    return ordered


def _quantile(cells: Cells, fraction: Array) -> Array:
    """log(E + 5 keV) of the cell below which a fraction of the sorted cells lies."""
    index = np.clip((fraction * cells.shape[2]).astype(int), 0, cells.shape[2] - 1)
    value = np.take_along_axis(cells, index[..., None], axis=2)[..., 0]
    log: Array = np.log(np.maximum(value.astype(np.float64), LEAST_MEV) + OFFSET_MEV)
    return log


def _increasing(knots: Array) -> Cells:
    """Increasing by a least step, the last knot as it is."""
    rise = _LEAST_STEP * np.arange(KNOTS)[:, None, None]
    up = np.maximum.accumulate(knots - rise, axis=0) + rise
    room = knots[-1] - rise[::-1]
    bounded: Cells = np.minimum(up, room).astype(np.float32)
    return bounded


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
