"""The calibration of a model in the operations of a graph, see :mod:`reference_models.calibration.cells`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from reference_models.calibration.tables import (
    ENERGIES,
    FIRST_ENERGY_MEV,
    KNOT_LOGS_MEV,
    KNOT_STEP,
    KNOTS,
    LOG_ENERGY_STEP,
    OFFSET_MEV,
    Calibration,
)
from reference_models.export.marginals import Particle
from reference_models.inference.ops import Ops, Value
from reference_models.marginals.sums import EMPTY_MEV
from reference_models.network.preprocessing import PIVOT_MEV

__all__ = ["CorrectionGraph"]

# Nothing is raised to a power that is smaller, relative to the mean of ring and layer.
_MIN_RATIO = 1e-30
# Of 30 GeV among the nodes of the map.
_FIRST_PLACE = math.log(PIVOT_MEV / FIRST_ENERGY_MEV) / LOG_ENERGY_STEP


class CorrectionGraph:
    """Corrects the cells of showers of one detector.

    Args:
        calibration: the tables.
        mesh: numbers of cells.
    """

    def __init__(self, calibration: Calibration, mesh: tuple[int, int, int]) -> None:
        self._mesh = mesh
        self._spread = calibration.spread
        self._empty_below, self._map = calibration.empty_below, calibration.cell_map

    def cells(self, ops: Ops, cells: Value, particle: Particle) -> Value:
        """Corrected cell energies, MeV, (B, R, PHI, Z) like ``cells``."""
        return self._spread_out(ops, self._mapped(ops, cells, particle), particle)

    def _mapped(self, ops: Ops, cells: Value, particle: Particle) -> Value:
        n_r, _, n_z = self._mesh
        table = self._at_energy(ops, self._map, particle)
        empty_below = self._at_energy(ops, self._empty_below, particle)
        knots = [ops.reshape(ops.part(table, 1, k, k + 1), -1, n_r, 1, n_z) for k in range(KNOTS)]
        logs = ops.log(cells + OFFSET_MEV)
        mapped = knots[0]
        for k in range(KNOTS - 1):
            # How far a cell is on the way from this knot to the next.
            bounded = ops.at_least(ops.at_most(logs, KNOT_LOGS_MEV[k + 1]), KNOT_LOGS_MEV[k])
            way = (bounded - KNOT_LOGS_MEV[k]) * (1 / KNOT_STEP)
            mapped = mapped + way * (knots[k + 1] - knots[k])
        changed = ops.exp(mapped) - OFFSET_MEV
        chosen = ops.where_above(logs, KNOT_LOGS_MEV[-1], cells, changed)
        return ops.where_above(logs - ops.reshape(empty_below, -1, n_r, 1, n_z), 0.0, chosen, 0.0)

    def _at_energy(self, ops: Ops, table: NDArray[np.float32], particle: Particle) -> Value:
        """A table of the slot between the nodes of the incident energy, (B, ...)."""
        place = particle.log_energy * (1 / LOG_ENERGY_STEP) + _FIRST_PLACE
        place = ops.at_most(ops.at_least(place, 0.0), ENERGIES - 1.0)
        weights = []
        for node in range(ENERGIES):
            apart = ops.at_least(place - node, 0.0) + ops.at_least(place * -1.0 + node, 0.0)
            weights.append(ops.at_least(apart * -1.0 + 1.0, 0.0))
        nodes = ops.reshape(ops.row(table, particle.slot), ENERGIES, -1)
        shape = table.shape[2:]
        return ops.reshape(ops.matmul(ops.concatenate(weights, 1), nodes), -1, *shape)

    def _spread_out(self, ops: Ops, cells: Value, particle: Particle) -> Value:
        n_r, n_phi, _ = self._mesh
        table = ops.row(self._spread, particle.slot)
        first, change = (ops.part(table, 0, k, k + 1) for k in range(2))
        power = ops.reshape(first + change * particle.log_energy, -1, n_r, 1, 1)
        mean = ops.at_least(ops.sum(cells, (2,)) / n_phi, EMPTY_MEV)
        spread = mean * ops.exp(power * ops.log(ops.at_least(cells / mean, _MIN_RATIO)))
        return ops.where_above(cells, 0.0, spread, 0.0)
