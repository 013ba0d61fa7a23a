"""From eight numbers and noise to the cells of showers, in the operations of :mod:`..inference.ops`.

Exported files and other devices than the CPU go through it. The formulas are those of
:class:`reference_models.edm_model.EdmModel`; tests compare the two cell by cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Protocol

from reference_models.export.correction import CorrectionGraph
from reference_models.export.marginals import (
    MarginalsGraph,
    SumValues,
    draw_sums,
    fitted,
    told_of,
)
from reference_models.export.particle import Particle
from reference_models.inference.backend import NoiseLevels
from reference_models.inference.folded import fold
from reference_models.inference.ops import Ops, Value
from reference_models.inference.transformer import (
    Attention,
    attention_of_heads,
    evaluate_network,
    split_queries,
)
from reference_models.marginals.sums import ROUNDS_BEFORE
from reference_models.network.dit import DiT
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import (
    ENERGY_SCALE_MEV,
    N_SLOTS,
    PIVOT_MEV,
    THETA_RANGE,
)
from reference_models.samplers.noise import noise_draws

if TYPE_CHECKING:
    from reference_models.edm_model import EdmModel

__all__ = ["Azimuth", "Chain", "GraphDenoiser", "GraphNetwork", "Unit"]

_MEV_PER_GEV = 1000.0


Unit = Literal["GeV", "MeV"]
Azimuth = Literal["-pi", "0"]


class GraphNetwork(Protocol):
    """A denoiser (or consistency function) within a graph."""

    def __call__(self, ops: Ops, x: Value, sigma: float, conditions: Value, /) -> Value:
        """Estimate of the clean showers, (B, R, PHI, Z).

        Args:
            ops: the operations.
            x: noisy normalised showers, (B, R, PHI, Z).
            sigma: their noise level.
            conditions: encoded conditions, (B, C).
        """


class GraphDenoiser:
    """The network in the operations of a graph, for one shower.

    Args:
        network: its weights are copied.
        boundary: as for :class:`reference_models.network.preconditioning.Denoiser`.
        attention: how a block attends.
    """

    def __init__(
        self, network: DiT, boundary: float | None, attention: Attention = attention_of_heads
    ) -> None:
        self._weights = split_queries(fold(network))
        self._levels = NoiseLevels(network, boundary)
        self._mesh, self._attention = network.config.mesh, attention

    def __call__(self, ops: Ops, x: Value, sigma: float, conditions: Value) -> Value:
        """See :class:`GraphNetwork`."""
        skip, out, total, embedded = self._levels[sigma]
        noise = ops.constant(embedded)
        raw = evaluate_network(
            ops, self._weights, x / total, noise, conditions, attention=self._attention
        )
        return ops.reshape(raw, 1, *self._mesh) * out + x * skip


class Chain:
    """Everything that a variant does, for showers of one detector.

    Args:
        model: the variant.
        unit: of the cell energies.
        azimuth: where the first azimuth bin begins.
        network: evaluates its network; None: within the graph, one shower at a time.
        slot: of the detector, where it is known: then all others are left out.

    Attributes:
        mesh: numbers of cells.
        cells: their number.
        sizes: numbers of the noise of one shower: of the marginals, of the shape, which is that of the start
            and then that of every step at which the sampler draws some.
    """

    def __init__(
        self,
        model: EdmModel,
        unit: Unit = "GeV",
        azimuth: Azimuth = "-pi",
        network: GraphNetwork | None = None,
        slot: int | None = None,
    ) -> None:
        finished = model.finished
        self._sampler, self._sigmas, self._slot = model.sampler, model.sigmas, slot
        self._network = network or GraphDenoiser(finished.network, model.boundary)
        self._marginals = MarginalsGraph(finished.marginals.model)
        self._scale, transform = finished.scale, finished.transform
        self._mean, self._slope = transform.mean, transform.slope
        self._factor = transform.scale / SIGMA_DATA
        self._offset_mev = transform.offset_mev
        self._unit_mev, self._turned = {"GeV": _MEV_PER_GEV, "MeV": 1.0}[unit], azimuth == "0"
        self.mesh = finished.network.config.mesh
        self._mixings, self._rings = model.mixings, model.ring_mixings
        self._correction = CorrectionGraph(model.calibration, self.mesh)
        self.cells = math.prod(self.mesh)
        self.sizes = (self._marginals.size, self.cells * noise_draws(model.sampler, model.sigmas))

    def shower(self, ops: Ops, told: Value, noise: Value) -> Value:
        """Cell energies of one shower.

        Args:
            ops: the operations.
            told: E in GeV, phi, theta and a one-hot of five detectors, (8,) or (1, 8).
            noise: standard normal, that of the marginals first, any shape.

        Returns:
            (1, R PHI Z), the order ring, azimuth, depth.
        """
        noise, (first, second) = ops.reshape(noise, 1, sum(self.sizes)), self.sizes

        def draws() -> Iterator[Value]:
            for start in range(first, first + second, self.cells):
                yield ops.reshape(ops.part(noise, 1, start, start + self.cells), 1, *self.mesh)

        told = ops.reshape(told, 1, 3 + N_SLOTS)
        cells = self.showers(ops, told, ops.part(noise, 1, 0, first), draws())
        return ops.reshape(cells, 1, self.cells)

    def showers(self, ops: Ops, told: Value, first: Value, draws: Iterator[Value]) -> Value:
        """Cell energies of B showers of one detector, (B, R, PHI, Z).

        Args:
            ops: the operations.
            told: E in GeV, phi, theta and a one-hot of five detectors, (B, 8); the detector of the first row
                is that of all.
            first: noise of the marginals, standard normal, (B, K).
            draws: noise of the start, and of every step at which the sampler draws some, (B, R, PHI, Z) each.
        """
        particle = _particle(ops, told, self._slot)
        sums = draw_sums(ops, self._marginals, particle, first)
        return self._of_sums(ops, particle, sums, draws)

    def of_sums(self, ops: Ops, told: Value, sums: SumValues, draws: Iterator[Value]) -> Value:
        """The same of given marginals.

        Args:
            ops: the operations.
            told: as for :meth:`showers`.
            sums: marginals of B showers.
            draws: as for :meth:`showers`.
        """
        return self._of_sums(ops, _particle(ops, told, self._slot), sums, draws)

    def shapes(self, ops: Ops, told: Value, sums: SumValues, draws: Iterator[Value]) -> Value:
        """Cells of given marginals, scaled to them, before they are corrected, MeV, (B, R, PHI, Z).

        Args:
            ops: the operations.
            told: as for :meth:`showers`.
            sums: marginals of B showers.
            draws: as for :meth:`showers`.
        """
        return self._shapes(ops, _particle(ops, told, self._slot), sums, draws)

    def _of_sums(
        self, ops: Ops, particle: Particle, sums: SumValues, draws: Iterator[Value]
    ) -> Value:
        scaled = self._shapes(ops, particle, sums, draws)
        cells = fitted(ops, self._correction.cells(ops, scaled, particle), sums, self.mesh)
        if self._turned:
            half, whole = self.mesh[1] // 2, self.mesh[1]
            halves = (ops.part(cells, 2, half, whole), ops.part(cells, 2, 0, half))
            cells = ops.concatenate(halves, 2)
        return cells / self._unit_mev

    def _shapes(
        self, ops: Ops, particle: Particle, sums: SumValues, draws: Iterator[Value]
    ) -> Value:
        told_sums = told_of(ops, sums, self._scale, particle)
        conditions = ops.concatenate([particle.encoded, told_sums], 1)
        mixing = ops.permute(ops.row(self._mixings, particle.slot), (1, 0))
        mixed = (ops.matmul(self._of_rings(ops, one, particle), mixing) for one in draws)
        restored = self._restored(ops, self._sampled(ops, mixed, conditions), particle)
        return fitted(ops, restored, sums, self.mesh, ROUNDS_BEFORE)

    def _of_rings(self, ops: Ops, white: Value, particle: Particle) -> Value:
        """White noise, its rings correlated; :class:`reference_models.samplers.noise.RingMixing`."""
        own, before = (ops.row(table, particle.slot) for table in self._rings)
        n_r = self.mesh[0]
        last = ops.concatenate(
            (ops.part(white, 1, n_r - 1, n_r), ops.part(white, 1, 0, n_r - 1)), 1
        )
        return white * own + last * before

    def _sampled(self, ops: Ops, draws: Iterator[Value], conditions: Value) -> Value:
        def denoise(x: Value, sigma: float) -> Value:
            return self._network(ops, x, sigma, conditions)

        start = next(draws) * float(self._sigmas[0])
        return self._sampler(denoise, start, self._sigmas, lambda _like: next(draws))

    def _restored(self, ops: Ops, x: Value, particle: Particle) -> Value:
        mean, slope, factor = (
            ops.row(table, particle.slot) for table in (self._mean, self._slope, self._factor)
        )
        log_energy = ops.reshape(particle.log_energy, -1, 1, 1, 1)
        logs = ops.at_most(x * factor + (mean + slope * log_energy), math.log(ENERGY_SCALE_MEV))
        cells = ops.exp(logs) - self._offset_mev
        return ops.where_above(cells, 0.0, cells, 0.0)


def _particle(ops: Ops, told: Value, slot: int | None) -> Particle:
    low, high = THETA_RANGE
    energy, phi, theta = (ops.part(told, 1, k, k + 1) for k in range(3))
    one_hot = ops.part(told, 1, 3, 3 + N_SLOTS)
    log_energy = ops.log(energy * (_MEV_PER_GEV / PIVOT_MEV))
    columns = (
        energy * (_MEV_PER_GEV / ENERGY_SCALE_MEV),
        log_energy / 2.0,
        (theta * 2.0 - (low + high)) / (high - low),
        ops.sin(phi),
        ops.cos(phi),
        one_hot,
    )
    return Particle(
        energy * _MEV_PER_GEV,
        log_energy,
        1.0 - ops.sin(theta),
        ops.concatenate(columns, 1),
        ops.largest(ops.reshape(ops.part(one_hot, 0, 0, 1), N_SLOTS)) if slot is None else slot,
    )
