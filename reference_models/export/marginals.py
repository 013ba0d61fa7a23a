"""The marginals of showers of one detector, in the operations of :mod:`reference_models.inference.ops`.

The formulas are those of :mod:`reference_models.marginals`, which has them in numpy, for the CPU.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from reference_models.export.particle import Particle, at_energy, numbers
from reference_models.inference.ops import Ops, Value
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.scale import SumsScale
from reference_models.marginals.standard import (
    ENERGY_NODES,
    FIRST_KNOT,
    KNOT_STEP,
    KNOTS,
    Standard,
)
from reference_models.marginals.sums import (
    EMPTY_MEV,
    LOG_OFFSET_MEV,
    MAX_FACTOR,
    MIN_SPREAD,
    ROUNDS,
    levers,
    moments,
    positions,
)
from reference_models.network.preconditioning import SIGMA_DATA

__all__ = ["MarginalsGraph", "SumValues", "draw_sums", "fitted", "told_of"]

Array = NDArray[np.float32]

_LAYER_NORM_EPS = 1e-5
# Logarithm of the fraction of an empty layer.
_EMPTY = -80.0


class SumValues(NamedTuple):
    """Energies of layers (B, Z) and rings (B, R), MeV, and centre of gravity (B, 2)."""

    layers: Value
    rings: Value
    centre: Value


class MarginalsGraph:
    """The model of the marginals with its weights arranged for products of rows.

    Args:
        model: the model.
    """

    def __init__(self, model: MarginalsModel) -> None:
        network: MarginalsNetwork = model.network
        self.size, self.n_z, self.standard = network.size, model.n_z, model.standard
        self.scheme = model.scheme
        tables = {name: t.detach().float() for name, t in network.state_dict().items()}

        def layer(name: str) -> tuple[torch.Tensor, torch.Tensor]:
            return tables[f"{name}.weight"].T.contiguous(), tables[f"{name}.bias"]

        weight, self._bias = layer("embed_input")
        self._from_x = weight[: self.size].contiguous()
        self._from_conditions = weight[self.size :].contiguous()
        self._zero = torch.zeros_like(self._bias)
        self._out = layer("out")
        self._blocks = [
            (
                tables[f"blocks.{k}.0.weight"],
                tables[f"blocks.{k}.0.bias"],
                layer(f"blocks.{k}.1"),
                layer(f"blocks.{k}.4"),
            )
            for k in range(len(network.blocks))
        ]
        self._network, self._embedded = network, dict[float, torch.Tensor]()

    def _noise(self, sigma: float) -> torch.Tensor:
        if sigma not in self._embedded:
            with torch.no_grad():
                self._embedded[sigma] = self._network.embedded_noise(torch.tensor([sigma]))
        return self._embedded[sigma]

    def raw(self, ops: Ops, y: Value, sigma: float, told: Value) -> Value:
        """F of :class:`reference_models.marginals.fast.FastMarginals`, (B, size)."""
        hidden = ops.linear(y, self._from_x, self._zero) + told
        hidden = hidden + ops.constant(self._noise(sigma))
        for scale, shift, first, second in self._blocks:
            normed = ops.layer_norm(
                hidden, ops.constant(scale), ops.constant(shift), _LAYER_NORM_EPS
            )
            hidden = hidden + ops.linear(ops.silu(ops.linear(normed, *first)), *second)
        return ops.linear(hidden, *self._out)

    def told(self, ops: Ops, encoded: Value) -> Value:
        """The contribution of the conditions to the first layer."""
        return ops.linear(encoded, self._from_conditions, self._bias)


def draw_sums(ops: Ops, graph: MarginalsGraph, particle: Particle, noise: Value) -> SumValues:
    """The marginals that belong to some noise.

    Args:
        ops: the operations.
        graph: of the model.
        particle: the incident particles.
        noise: standard normal, (B, size).
    """
    told = graph.told(ops, particle.encoded)

    def raw(y: Value, sigma: float) -> Value:
        return graph.raw(ops, y, sigma, told)

    vector = _vector(ops, graph.scheme(raw, noise), graph.standard, particle)
    return _restored(ops, vector, particle.energy_mev, graph.n_z, graph.size)


def _vector(ops: Ops, uncorrelated: Value, standard: Standard, particle: Particle) -> Value:
    """The inverse of the standardisation of standard normal numbers, (B, K)."""
    size = standard.quantiles.shape[3]
    one = particle.log_energy * 0.0 + 1.0
    line = ops.concatenate([one, particle.log_energy], 1)
    products = (
        particle.log_energy * particle.log_energy,
        particle.oblique,
        particle.oblique * particle.log_energy,
    )
    design = ops.concatenate([line, *products], 1)
    mean = ops.matmul(design, ops.row(standard.mean, particle.slot))
    deviation = ops.exp(ops.matmul(line, ops.row(standard.log_deviation, particle.slot)))

    def table(values: Array) -> Value:
        return at_energy(ops, values, particle, ENERGY_NODES)

    rows = ops.reshape(uncorrelated, -1, 1, size)
    normal = ops.reshape(ops.matmul(rows, table(standard.roots)), -1, size) + table(standard.offset)
    quantiles = ops.reshape(table(standard.quantiles), -1, KNOTS * size)
    place = (normal - FIRST_KNOT) * (1 / KNOT_STEP)
    # The first and the last line go on.
    below = ops.floor(ops.at_most(ops.at_least(place, 0.0), KNOTS - 2))
    at = below * float(size) + ops.constant(numbers(size))
    first, second = (ops.take(quantiles, places) for places in (at, at + float(size)))
    residual = first + (place - below) * (second - first)
    above = normal - table(standard.empty_below)
    return ops.where_above(above, 0.0, residual * deviation + mean, _EMPTY)


def _restored(ops: Ops, vector: Value, energy_mev: Value, n_z: int, size: int) -> SumValues:
    total = ops.exp(ops.part(vector, 1, 0, 1)) * energy_mev

    def energies(start: int, stop: int) -> Value:
        sums = ops.exp(ops.part(vector, 1, start, stop)) * total
        return sums * (total / ops.at_least(ops.sum(sums, (1,)), EMPTY_MEV))

    return SumValues(
        energies(1, 1 + n_z), energies(1 + n_z, size - 2), ops.part(vector, 1, size - 2, size)
    )


def told_of(ops: Ops, sums: SumValues, scale: SumsScale, particle: Particle) -> Value:
    """The marginals as the network of the shape is told them, (B, K)."""
    logs = [ops.log(part + LOG_OFFSET_MEV) for part in (sums.layers, sums.rings)]
    values = ops.concatenate([*logs, sums.centre], 1)
    mean, slope, deviation = (
        ops.row(table, particle.slot) for table in (scale.mean, scale.slope, scale.deviation)
    )
    return (values - (mean + slope * particle.log_energy)) / deviation * SIGMA_DATA


class _Across(NamedTuple):
    """Tables of the plane across the axis, float32.

    Attributes:
        sides: positions along x and y beyond the axis, then before it, each at least 0, and 1, (5, R PHI).
        pulls: levers along x and y, (R PHI, 2).
        rings: 1 for the cells of each ring, (R, R PHI).
        of_ring: the same with axes exchanged, (R PHI, R).
        moment: mean of position times lever of each ring, (1, R).
    """

    sides: Array
    pulls: Array
    rings: Array
    of_ring: Array
    moment: Array


@cache
def _across(n_r: int, n_phi: int) -> _Across:
    """Made once: the same array is one constant."""
    place = positions(n_r, n_phi).reshape(2, -1)
    # Either side of the axis by itself: the difference of the two is near zero.
    sides = [np.maximum(place, 0), np.maximum(-place, 0), np.ones_like(place[:1])]
    pulls = levers(n_r, n_phi).reshape(2, -1)
    rings = np.repeat(np.eye(n_r), n_phi, axis=1)
    tables = (np.concatenate(sides), pulls.T, rings, rings.T, moments(n_r)[None])
    return _Across(*(np.ascontiguousarray(one, dtype=np.float32) for one in tables))


def fitted(
    ops: Ops, cells: Value, sums: SumValues, mesh: tuple[int, int, int], rounds: int = ROUNDS
) -> Value:
    """Cells (B, R, PHI, Z) scaled to given sums, as :func:`reference_models.marginals.sums.fit_to_sums`."""
    n_r, n_phi, n_z = mesh
    tables = _across(n_r, n_phi)
    sides, pulls, in_ring, of_ring, moment = (ops.constant(table) for table in tables)
    total = ops.at_least(ops.sum(sums.rings, (1,)), EMPTY_MEV)
    mean = ops.sum(sums.rings * moment, (1,)) / total
    spread = ops.reshape(ops.at_least(mean, MIN_SPREAD), -1, 1, 1)
    centre = ops.reshape(sums.centre, -1, 2, 1)
    rings, layers = ops.reshape(sums.rings, -1, n_r, 1), ops.reshape(sums.layers, -1, 1, n_z)
    given = ops.reshape(cells, -1, n_r * n_phi, n_z)
    along = layers * 0.0 + 1.0
    across = ops.sum(given, (2,)) * 0.0 + 1.0
    for _ in range(rounds):
        r_phi = ops.matmul(given, ops.reshape(along, -1, n_z, 1)) * across
        moved = ops.matmul(sides, r_phi)
        beyond, before, energy = (ops.part(moved, 1, *rows) for rows in ((0, 2), (2, 4), (4, 5)))
        mean = (beyond - before) / ops.at_least(energy, EMPTY_MEV)
        tilt = ops.exp(ops.matmul(pulls, (centre - mean) / spread))
        tilt = ops.at_most(ops.at_least(tilt, 1 / MAX_FACTOR), MAX_FACTOR)
        present = ops.matmul(in_ring, r_phi * tilt)
        across = across * (tilt * ops.matmul(of_ring, _factors(ops, present, rings)))
        present = ops.matmul(ops.reshape(across, -1, 1, n_r * n_phi), given) * along
        along = along * _factors(ops, present, layers)
    return ops.reshape(given * across * along, -1, *mesh)


def _factors(ops: Ops, present: Value, asked: Value) -> Value:
    """What sums are scaled by; 1 where there is nothing to scale, and what is divided by is not zero."""
    factor = asked / ops.at_least(present, EMPTY_MEV)
    return ops.at_most(ops.where_above(present, EMPTY_MEV, factor, 1.0), MAX_FACTOR)
