"""The calibration of a model in the operations of a graph, see :mod:`reference_models.calibration.cells`."""

from __future__ import annotations

import numpy as np

from reference_models.calibration.tables import (
    ENERGY_NODES,
    HIGHEST_LOG_MEV,
    LOWEST_LOG_MEV,
    OFFSET_MEV,
    Calibration,
    knot_step,
    spread_rings,
)
from reference_models.export.particle import Particle, at_energy
from reference_models.inference.ops import Ops, Value
from reference_models.marginals.sums import EMPTY_MEV

__all__ = ["CorrectionGraph"]

# Nothing is raised to a power that is smaller, relative to the mean of ring and layer.
_MIN_RATIO = 1e-30


class CorrectionGraph:
    """Corrects the cells of showers of one detector.

    Args:
        calibration: the tables.
        mesh: numbers of cells.
    """

    def __init__(self, calibration: Calibration, mesh: tuple[int, int, int]) -> None:
        self._mesh = mesh
        self._spread = calibration.spread
        self._rings = spread_rings(calibration.spread)
        self._empty_below = calibration.empty_below
        self._knots = calibration.knots
        # The knots of one cell side by side, (slots, nodes, R, Z, knots), and where those of each cell begin.
        self._map = np.ascontiguousarray(calibration.cell_map.transpose(0, 1, 3, 4, 2))
        n_r, _, n_z = mesh
        firsts = self._knots * np.arange(n_r * n_z, dtype=np.float32)
        self._first_knots = firsts.reshape(n_r, 1, n_z)

    def cells(self, ops: Ops, cells: Value, particle: Particle) -> Value:
        """Corrected cell energies, MeV, (B, R, PHI, Z) like ``cells``."""
        return self._spread_out(ops, self._mapped(ops, cells, particle), particle)

    def _mapped(self, ops: Ops, cells: Value, particle: Particle) -> Value:
        n_r, n_phi, n_z = self._mesh
        of_cells = n_r * n_phi * n_z
        table = ops.reshape(
            at_energy(ops, self._map, particle, ENERGY_NODES), -1, n_r * n_z * self._knots
        )
        empty_below = at_energy(ops, self._empty_below, particle, ENERGY_NODES)
        logs = ops.log(cells + OFFSET_MEV)
        place = ops.at_least((logs - LOWEST_LOG_MEV) * (1 / knot_step(self._knots)), 0.0)
        below = ops.floor(ops.at_most(place, self._knots - 2))
        at = ops.reshape(below + ops.constant(self._first_knots), -1, of_cells)
        first, second = (ops.take(table, places) for places in (at, at + 1.0))
        way = ops.reshape(place - below, -1, of_cells)
        mapped = ops.reshape(first + way * (second - first), -1, *self._mesh)
        changed = ops.exp(mapped) - OFFSET_MEV
        chosen = ops.where_above(logs, HIGHEST_LOG_MEV, cells, changed)
        return ops.where_above(logs - ops.reshape(empty_below, -1, n_r, 1, n_z), 0.0, chosen, 0.0)

    def _spread_out(self, ops: Ops, cells: Value, particle: Particle) -> Value:
        n_r, n_phi, _ = self._mesh
        start, stop = self._rings
        if start == stop:
            return cells
        table = ops.row(self._spread, particle.slot)
        first, change = (ops.part(table, 0, k, k + 1) for k in range(2))
        power = ops.reshape(first + change * particle.log_energy, -1, n_r, 1, 1)
        own = ops.part(cells, 1, start, stop)
        mean = ops.at_least(ops.sum(own, (2,)) / n_phi, EMPTY_MEV)
        logs = ops.log(ops.at_least(own / mean, _MIN_RATIO))
        spread = mean * ops.exp(ops.part(power, 1, start, stop) * logs)
        parts = [ops.where_above(own, 0.0, spread, 0.0)]
        if start > 0:
            parts.insert(0, ops.part(cells, 1, 0, start))
        if stop < n_r:
            parts.append(ops.part(cells, 1, stop, n_r))
        return ops.concatenate(parts, 1)
