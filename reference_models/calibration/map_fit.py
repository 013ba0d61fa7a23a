"""Maps of cell energies with which a network's showers have Geant4's empty cells and spectrum."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference_models.calibration.tables import (
    ENERGY_NODES,
    HIGHEST_LOG_MEV,
    KNOTS,
    LOWEST_LOG_MEV,
    MIN_MEV,
    OFFSET_MEV,
    knot_logs,
    knot_step,
)

__all__ = ["MapFit", "composed", "nearest_node", "on_knots"]

Array = NDArray[np.float64]
Cells = NDArray[np.float32]

# Geant4's cell energies, MeV, at which quantiles are matched, besides that of the lowest filled cell: a
# factor of 1.19 apart but for the offset, hardly further than knots are. With a factor of 2 students had up
# to 4 % too many or too few cells in between.
_LEVELS_MEV = tuple(
    float(math.exp(log) - OFFSET_MEV)
    for log in np.linspace(math.log(0.001 + OFFSET_MEV), math.log(10 + OFFSET_MEV), 44)
)
_MIN_LOG_MEV = math.log(MIN_MEV + OFFSET_MEV)
_MIN_STEP = 1e-4
# Of the map in logarithms: rounding must stay rounding (`parity`: 1e-5).
_MAX_SLOPE = 3.0
# Geant4 cells above a level from which its quantile is taken.
_MIN_CELLS = 20
# In logarithms, where it is carried on from the level before.
_MAX_SHIFT = 0.3


def nearest_node(energy: Array) -> NDArray[np.int64]:
    """Number of the node of the map to which incident energies (N,), MeV, are nearest in ln E."""
    node: NDArray[np.int64] = ENERGY_NODES.weights(energy).argmax(axis=1)
    return node


class MapFit:
    """Fits the map of cell energies of each ring and layer, as :class:`~.tables.Calibration` has it.

    As many cells become empty as are in the reference, and the others get its spectrum, as far as a map
    allows whose slope in logarithms is at most 3. A node without showers near it gets the map of the next one
    that has.

    Args:
        reference: Geant4's showers, MeV, (N, R, PHI, Z).
        energy: their incident energies, MeV, (N,).
    """

    def __init__(self, reference: Cells, energy: Array) -> None:
        node = nearest_node(energy)
        self._rows = {k: node == k for k in np.unique(node).tolist()}
        self._goals = {k: _Goal.of(reference[rows]) for k, rows in self._rows.items()}

    def __call__(self, generated: Cells) -> tuple[Cells, Cells]:
        """What cells are empty below, (nodes, R, Z), and the map, (nodes, knots, R, Z).

        Args:
            generated: the same particles' cell energies without any cut, scaled to their sums, MeV,
                (N, R, PHI, Z).
        """
        maps = {k: _map_of(generated[rows], self._goals[k]) for k, rows in self._rows.items()}
        there = np.array(list(maps))
        nodes = [there[np.argmin(np.abs(there - k))] for k in range(ENERGY_NODES.count)]
        empty_below, cell_map = (np.stack([maps[int(k)][part] for k in nodes]) for part in (0, 1))
        return empty_below, cell_map


class _Goal(NamedTuple):
    """Reference cells, sorted, (R, Z, cells), and the fraction up to each level, (levels, R, Z)."""

    cells: Cells
    up_to: Array

    @classmethod
    def of(cls, reference: Cells) -> _Goal:
        cells = _sorted(reference)
        levels = (0.0, *_LEVELS_MEV)
        return cls(cells, np.stack([(cells <= level).mean(axis=2) for level in levels]))


def _map_of(generated: Cells, reference: _Goal) -> tuple[Cells, Cells]:
    source, (goal, knots) = _sorted(generated), reference
    empty = knots[0]
    ends = np.full((1, *empty.shape), HIGHEST_LOG_MEV)
    before, after = (
        np.concatenate([np.stack([_quantile(cells, p) for p in knots]), ends])
        for cells in (source, goal)
    )
    few = (1 - knots) * goal.shape[2] < _MIN_CELLS
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
    # Between two cells: on one of them rounding would decide whether it is empty.
    next_below = _log_at(source, np.maximum(_place(source, empty) - 1, 0))
    empty_below = np.where(full, _MIN_LOG_MEV, (before[0] + next_below) / 2).astype(np.float32)
    return empty_below, on_knots(before, after)


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
    """The piecewise linear map through points (K, R, Z) at the evenly spaced knots, (knots, R, Z).

    Below the first point it goes on to an energy of zero.
    """
    _, n_r, n_z = before.shape
    logs, cell_map = knot_logs(KNOTS), np.empty((KNOTS, n_r, n_z), np.float32)
    for r, z in np.ndindex(n_r, n_z):
        start = min(LOWEST_LOG_MEV, before[0, r, z] - _MIN_STEP)
        source = np.concatenate([[start], before[:, r, z]])
        goal = np.concatenate([[start], np.maximum(after[:, r, z], start + _MIN_STEP)])
        cell_map[:, r, z] = np.interp(logs, source, goal)
    return _bounded(cell_map)


def composed(first: Cells, second: Cells) -> Cells:
    """The map that does one after the other, (nodes, knots, R, Z) like both."""
    both = np.empty_like(first)
    nodes, knots, n_r, n_z = first.shape
    logs = knot_logs(knots)
    for node, r, z in np.ndindex(nodes, n_r, n_z):
        both[node, :, r, z] = np.interp(first[node, :, r, z], logs, second[node, :, r, z])
    return _bounded(both)


def _bounded(cell_map: Cells) -> Cells:
    """Maps (..., knots, R, Z) whose slope is at most 3, from the last knot down."""
    bounded, knots = cell_map.copy(), cell_map.shape[-3]
    most = np.float32(_MAX_SLOPE * knot_step(knots))
    for k in range(knots - 2, -1, -1):
        least = bounded[..., k + 1, :, :] - most
        np.maximum(bounded[..., k, :, :], least, out=bounded[..., k, :, :])
    return bounded


def _sorted(cells: Cells) -> Cells:
    _, n_r, _, n_z = cells.shape
    ordered: Cells = np.sort(cells.transpose(1, 3, 0, 2).reshape(n_r, n_z, -1), axis=2)
    return ordered


def _quantile(cells: Cells, fraction: Array) -> Array:
    """log(E + 5 keV) of the cell below which a fraction of the sorted cells lies; of a filled one."""
    return _log_at(cells, _place(cells, fraction))


def _place(cells: Cells, fraction: Array) -> NDArray[np.int64]:
    count = cells.shape[2]
    rank = np.rint(fraction * count).astype(np.int64)
    filled: NDArray[np.int64] = np.clip(rank, (cells == 0).sum(axis=2), None)
    return np.clip(filled, 0, count - 1, out=filled)


def _log_at(cells: Cells, place: NDArray[np.int64]) -> Array:
    value = np.take_along_axis(cells, place[..., None], axis=2)[..., 0]
    log: Array = np.log(np.maximum(value.astype(np.float64), MIN_MEV) + OFFSET_MEV)
    return log


def _increasing(knots: Array) -> Cells:
    """Increasing by a least step, the last knot as it is."""
    rise = _MIN_STEP * np.arange(len(knots))[:, None, None]
    up = np.maximum.accumulate(knots - rise, axis=0) + rise
    room = knots[-1] - rise[::-1]
    bounded: Cells = np.minimum(up, room).astype(np.float32)
    return bounded
