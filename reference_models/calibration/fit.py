"""Calibration tables from a network's showers and Geant4's, both with the same marginals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference_models.calibration.tables import (
    ENERGY_NODES,
    KNOT_LOGS_MEV,
    KNOTS,
    LOWEST_LOG_MEV,
    MIN_MEV,
    OFFSET_MEV,
    UNCHANGED_ABOVE_MEV,
)
from reference_models.network.preprocessing import PIVOT_MEV
from reference_models.samplers.noise import MAX_CORRELATION

__all__ = [
    "coherence",
    "composed",
    "fit_map",
    "fit_noise",
    "fit_spread",
    "nearest_node",
    "on_knots",
]

Array = NDArray[np.float64]
Cells = NDArray[np.float32]

# Geant4's cell energies, MeV, at which quantiles are matched, besides that of the lowest filled cell.
_LEVELS_MEV = (0.001, 0.003, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24)
_MIN_LOG_MEV = math.log(MIN_MEV + OFFSET_MEV)
_MIN_STEP = 1e-4
# Of the map in logarithms: rounding must stay rounding (`parity`: 1e-5).
_MAX_SLOPE = 3.0
# Geant4 cells above a level from which its quantile is taken.
_MIN_CELLS = 20
# In logarithms, where it is carried on from the level before.
_MAX_SHIFT = 0.3
_ENERGY_BINS = 4
_FIRST_SLOPE = 0.7
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


def fit_noise(
    measure: Callable[[Array], Array], goal: Array, rounds: int = 2, start: Array | None = None
) -> Array:
    """Correlations of the noise, inside tokens and across, with which showers have Geant4's coherence.

    Secants, each of the two for itself.

    Args:
        measure: coherence (2,) of showers made with noise of the given correlations (2,).
        goal: Geant4's.
        rounds: how often showers are made again after the first time.
        start: correlations of the first time; None: none.
    """
    before = np.zeros(2) if start is None else start.astype(np.float64)
    seen_before = measure(before)
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
    return np.clip(correlation, -MAX_CORRELATION, MAX_CORRELATION)


def nearest_node(energy: Array) -> NDArray[np.int64]:
    """Number of the node of the map to which incident energies (N,), MeV, are nearest in ln E."""
    node: NDArray[np.int64] = ENERGY_NODES.weights(energy).argmax(axis=1)
    return node


def fit_map(generated: Cells, reference: Cells, energy: Array) -> tuple[Cells, Cells]:
    """The map of cell energies of each ring and layer, as :class:`~.tables.Calibration` has it.

    As many cells become empty as are in the reference, and the others get its spectrum, as far as a map
    allows whose slope in logarithms is at most 3. A node without showers near it gets the map of the next one
    that has.

    Args:
        generated: cell energies without any cut, scaled to their sums, MeV, (N, R, PHI, Z).
        reference: Geant4's showers of the same particles.
        energy: incident energies, MeV, (N,).

    Returns:
        What cells are empty below, (nodes, R, Z), and the map, (nodes, KNOTS, R, Z).
    """
    node = nearest_node(energy)
    there = np.unique(node)
    maps = {k: _map_of(generated[node == k], reference[node == k]) for k in there.tolist()}
    nodes = [there[np.argmin(np.abs(there - k))] for k in range(ENERGY_NODES.count)]
    empty_below, cell_map = (np.stack([maps[int(k)][part] for k in nodes]) for part in (0, 1))
    return empty_below, cell_map


def _map_of(generated: Cells, reference: Cells) -> tuple[Cells, Cells]:
    source, goal = _sorted(generated), _sorted(reference)
    knots = [(goal <= level).mean(axis=2) for level in (0.0, *_LEVELS_MEV)]
    empty = knots[0]
    ends = np.full((1, *empty.shape), math.log(UNCHANGED_ABOVE_MEV + OFFSET_MEV))
    before, after = (
        np.concatenate([np.stack([_quantile(cells, p) for p in knots]), ends])
        for cells in (source, goal)
    )
    few = (1 - np.stack(knots)) * goal.shape[2] < _MIN_CELLS
    for k in range(1, len(knots)):
        level = _LEVELS_MEV[k - 1]
        # A quantile of few cells is not known: layers of a ring that have few are taken together, and where
        # these are few as well energies change as at the level before.
        change = np.clip(after[k - 1] - before[k - 1], -_MAX_SHIFT, _MAX_SHIFT)
        before[k][few[k]] = math.log(level + OFFSET_MEV)
        after[k][few[k]] = before[k][few[k]] + change[few[k]]
        for r in np.flatnonzero(few[k].any(axis=1)):
            _of_layers_together(before[k][r], after[k][r], source[r], goal[r], few[k][r], level)
    # Where Geant4 leaves no cell empty, none is made so.
    full = empty == 0
    before[0][full] = after[0][full] = _MIN_LOG_MEV
    before, after = _increasing(before), _increasing(after)
    for k in range(len(knots) - 1, -1, -1):
        least = after[k + 1] - _MAX_SLOPE * (before[k + 1] - before[k])
        after[k] = np.maximum(after[k], least)
    return before[0], on_knots(before, after)


def _of_layers_together(
    before: Array, after: Array, source: Cells, goal: Cells, few: NDArray[np.bool_], level: float
) -> None:
    """One point of the map for the layers of a ring that have few cells above a level, if all have enough.

    Args:
        before: logarithms that are mapped, (Z,); those of the layers are replaced.
        after: what they become, (Z,); likewise.
        source: generated cells of the ring, (Z, cells).
        goal: reference cells of the ring, (Z, cells).
        few: the layers, (Z,).
        level: MeV.
    """
    above = int((goal[few] > level).sum())
    if above < _MIN_CELLS:
        return
    cells = np.sort(source[few], axis=None)
    before[few] = math.log(max(float(cells[-above]), MIN_MEV) + OFFSET_MEV)
    after[few] = math.log(level + OFFSET_MEV)


def on_knots(before: Cells, after: Cells) -> Cells:
    """The piecewise linear map through points (K, R, Z) at the evenly spaced knots, (KNOTS, R, Z).

    Below the first point it goes on to an energy of zero.
    """
    _, n_r, n_z = before.shape
    cell_map = np.empty((KNOTS, n_r, n_z), np.float32)
    for r, z in np.ndindex(n_r, n_z):
        start = min(LOWEST_LOG_MEV, before[0, r, z] - _MIN_STEP)
        source = np.concatenate([[start], before[:, r, z]])
        goal = np.concatenate([[start], np.maximum(after[:, r, z], start + _MIN_STEP)])
        cell_map[:, r, z] = np.interp(KNOT_LOGS_MEV, source, goal)
    return cell_map


def composed(first: Cells, second: Cells) -> Cells:
    """The map that does one after the other, (nodes, KNOTS, R, Z) like both."""
    both = np.empty_like(first)
    nodes, _, n_r, n_z = first.shape
    for node, r, z in np.ndindex(nodes, n_r, n_z):
        both[node, :, r, z] = np.interp(first[node, :, r, z], KNOT_LOGS_MEV, second[node, :, r, z])
    return both


def _sorted(cells: Cells) -> Cells:
    _, n_r, _, n_z = cells.shape
    ordered: Cells = np.sort(cells.transpose(1, 3, 0, 2).reshape(n_r, n_z, -1), axis=2)
    return ordered


def _quantile(cells: Cells, fraction: Array) -> Array:
    """log(E + 5 keV) of the cell below which a fraction of the sorted cells lies."""
    index = np.clip((fraction * cells.shape[2]).astype(int), 0, cells.shape[2] - 1)
    value = np.take_along_axis(cells, index[..., None], axis=2)[..., 0]
    log: Array = np.log(np.maximum(value.astype(np.float64), MIN_MEV) + OFFSET_MEV)
    return log


def _increasing(knots: Array) -> Cells:
    """Increasing by a least step, the last knot as it is."""
    rise = _MIN_STEP * np.arange(len(knots))[:, None, None]
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
