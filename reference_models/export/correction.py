"""The calibration of a model in the operations of a graph, see :mod:`reference_models.calibration.cells`."""

from __future__ import annotations

import math

from reference_models.calibration.cells import turns
from reference_models.calibration.tables import KNOTS, OFFSET_MEV, UNCHANGED_ABOVE_MEV, Calibration
from reference_models.export.marginals import Particle
from reference_models.inference.ops import Ops, Value
from reference_models.marginals.sums import EMPTY_MEV

__all__ = ["CorrectionGraph"]

# Nothing is raised to a power that is smaller, relative to the mean of ring and layer.
_SMALLEST = 1e-30
# The last knot, everywhere.
_HIGHEST_LOG_MEV = math.log(UNCHANGED_ABOVE_MEV + OFFSET_MEV)


class CorrectionGraph:
    """Corrects the cells of one shower.

    Args:
        calibration: the tables.
    """

    def __init__(self, calibration: Calibration) -> None:
        self._spread, self._knots = calibration.spread, calibration.low_from
        self._turns, self._lowest = turns(calibration), calibration.low_to[:, 0].copy()

    def cells(self, ops: Ops, cells: Value, particle: Particle) -> Value:
        """Corrected cell energies, MeV, (R, PHI, Z) like ``cells``."""
        n_r, n_z = self._lowest.shape[1:]
        return self._spread_out(ops, self._low(ops, cells, particle, n_r, n_z), particle, n_r)

    def _low(self, ops: Ops, cells: Value, particle: Particle, n_r: int, n_z: int) -> Value:
        logs = ops.log(cells + OFFSET_MEV)
        knots = ops.row(self._knots, particle.slot)
        turn = ops.row(self._turns, particle.slot)

        def at(table: Value, k: int) -> Value:
            return ops.reshape(ops.part(table, 0, k, k + 1), n_r, 1, n_z)

        mapped = ops.reshape(ops.row(self._lowest, particle.slot), n_r, 1, n_z)
        bounded = ops.at_most(logs, _HIGHEST_LOG_MEV)
        for k in range(KNOTS - 1):
            mapped = mapped + ops.at_least(bounded - at(knots, k), 0.0) * at(turn, k)
        low = ops.exp(mapped) - OFFSET_MEV
        # 1 where a cell stays as it is.
        stays = ops.where_above(logs - at(knots, KNOTS - 1), 0.0, logs * 0.0 + 1.0, 0.0)
        chosen = cells * stays + low * (stays * -1.0 + 1.0)
        return ops.where_above(logs - at(knots, 0), 0.0, chosen, 0.0)

    def _spread_out(self, ops: Ops, cells: Value, particle: Particle, n_r: int) -> Value:
        table = ops.row(self._spread, particle.slot)
        first, change = (ops.part(table, 0, k, k + 1) for k in range(2))
        power = ops.reshape(first + change * particle.log_energy, n_r, 1, 1)
        filled = ops.where_above(cells, 0.0, cells * 0.0 + 1.0, 0.0)
        sectors = ops.sum(filled * 0.0 + 1.0, (1,))
        mean = ops.at_least(ops.sum(cells, (1,)) / sectors, EMPTY_MEV)
        spread = mean * ops.exp(power * ops.log(ops.at_least(cells / mean, _SMALLEST)))
        return ops.where_above(cells, 0.0, spread, 0.0)
