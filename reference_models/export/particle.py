"""The incident particle of a graph, and tables at its energy."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference_models.inference.ops import Ops, Value
from reference_models.network.energy_nodes import EnergyNodes
from reference_models.network.preprocessing import PIVOT_MEV

__all__ = ["Particle", "at_energy", "numbers"]


class Particle(NamedTuple):
    """Inputs that describe the incident particles of B showers in one detector.

    Attributes:
        energy_mev: (B, 1).
        log_energy: ln(E / 30 GeV), (B, 1).
        oblique: 1 - sin(theta), (B, 1).
        encoded: inputs of the networks, (B, 10).
        slot: place of the detector in the one-hot, the same for all; a number where it is known.
    """

    energy_mev: Value
    log_energy: Value
    oblique: Value
    encoded: Value
    slot: Value | int


def at_energy(
    ops: Ops, table: NDArray[np.float32], particle: Particle, nodes: EnergyNodes
) -> Value:
    """A table of the slot between the nodes of the incident energies, (B, ...); see :class:`EnergyNodes`.

    Args:
        ops: the operations.
        table: (slots, nodes, ...).
        particle: the incident particles.
        nodes: energies of the table.
    """
    first_place = math.log(PIVOT_MEV / nodes.first_mev) / nodes.log_step
    place = particle.log_energy * (1 / nodes.log_step) + first_place
    place = ops.at_most(ops.at_least(place, 0.0), nodes.count - 1.0)
    apart = ops.abs(place - ops.constant(numbers(nodes.count)))
    weights = ops.at_least(apart * -1.0 + 1.0, 0.0)
    of_slot = ops.reshape(ops.row(table, particle.slot), nodes.count, -1)
    return ops.reshape(ops.matmul(weights, of_slot), -1, *table.shape[2:])


@cache
def numbers(count: int) -> NDArray[np.float32]:
    """0, 1, 2 ..., (1, count): made once, as the same array is one constant."""
    return np.arange(count, dtype=np.float32)[None]
