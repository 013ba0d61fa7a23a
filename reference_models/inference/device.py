"""The whole chain on a device: marginals, network, sums and units; only its noise is drawn on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from calobench._util.parallel import usable_cores
from calobench.models.files.convention import inputs_of
from calobench.showers import Conditions
from reference_models.export.chain import Chain
from reference_models.export.marginals import SumValues
from reference_models.inference.eager import Eager
from reference_models.inference.noise import GROUP, ahead, noise_of_batch
from reference_models.inference.ops import Ops
from reference_models.inference.torch_ops import TorchOps
from reference_models.marginals.sums import Sums

if TYPE_CHECKING:
    from reference_models.edm_model import EdmModel

__all__ = ["BATCH", "DeviceChain"]

Batch = tuple[Tensor, Tensor]
"""Noise of the marginals, or the marginals, (n, K), and noise of the shape (draws, n, R, PHI, Z)."""
ShowersOf = Callable[[Tensor, Tensor, Iterator[Tensor]], Tensor]
"""``(conditions, noise of the marginals or marginals, draws) -> showers``."""

BATCH = 2048
"""Showers that are computed together, at most."""
_MAX_THREADS = 8
"""That draw noise: one makes that of some 30,000 showers per second."""
_MAX_NOISE_BYTES = 2**28
"""Noise that is kept for one batch: a sampler that draws some in every step takes smaller ones."""


class DeviceChain:
    """A variant on a device.

    Args:
        model: the variant.
        device: where it is computed.
        batch: showers that are computed together, at most.
        products: type in which the network multiplies matrices. In half precision showers are no longer those
            of the CPU, so that no model does it unless it is asked to.

    Attributes:
        device: as given.
    """

    def __init__(
        self,
        model: EdmModel,
        device: torch.device,
        batch: int = BATCH,
        products: torch.dtype = torch.float32,
    ) -> None:
        network = Eager(deepcopy(model.finished.network).to(device), model.boundary)
        lower = products != torch.float32

        def evaluate(_ops: Ops, x: Tensor, sigma: float, conditions: Tensor) -> Tensor:
            with torch.autocast(device.type, products, enabled=lower):
                return network(x, sigma, conditions).float()

        self._chain = Chain(model, unit="MeV", network=evaluate)
        self._ops = TorchOps(nn.Module(), {}, device)
        self.device = device
        self._marginals, in_all = self._chain.sizes
        self._draws = in_all // self._chain.cells
        # Whole groups: what they are drawn in.
        of_shower = 4 * in_all
        self._batch = max(GROUP, min(batch, _MAX_NOISE_BYTES // of_shower) // GROUP * GROUP)
        self.label = f"{network.label}, the whole chain in PyTorch"

    def seeded(
        self,
        conditions: Conditions,
        slot: int,
        first: torch.Generator,
        second: np.random.SeedSequence,
    ) -> NDArray[np.float32]:
        """Showers of :func:`reference_models.inference.noise.streams`, MeV, (N, R, PHI, Z).

        Args:
            conditions: incident particles, (N,).
            slot: one-hot slot of the detector.
            first: of the marginals.
            second: seed of the shapes.
        """
        of_marginals = torch.randn(len(conditions), self._marginals, generator=first)
        return self._drawn(conditions, slot, of_marginals, second, self._whole)

    def of_sums(
        self, conditions: Conditions, slot: int, sums: Sums, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """Showers of given marginals, such as those of Geant4, MeV, (N, R, PHI, Z).

        Args:
            conditions: incident particles, (N,).
            slot: one-hot slot of the detector.
            sums: their marginals.
            seed: of the shapes.
        """
        return self._given_sums(self._chain.of_sums, conditions, slot, sums, seed)

    def shapes(
        self, conditions: Conditions, slot: int, sums: Sums, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """The same before cells are corrected, see :meth:`reference_models.edm_model.EdmModel.shapes`."""
        return self._given_sums(self._chain.shapes, conditions, slot, sums, seed)

    def _given_sums(
        self,
        compute: Callable[[Ops, Tensor, SumValues, Iterator[Tensor]], Tensor],
        conditions: Conditions,
        slot: int,
        sums: Sums,
        seed: np.random.SeedSequence,
    ) -> NDArray[np.float32]:
        layers = sums.layers.shape[1]
        ends = (layers, layers + sums.rings.shape[1])

        def showers(told: Tensor, given: Tensor, draws: Iterator[Tensor]) -> Tensor:
            values = SumValues(*torch.tensor_split(given, ends, dim=1))
            return compute(self._ops, told, values, draws)

        tables = np.concatenate([sums.layers, sums.rings, sums.centre], axis=1)
        given = torch.from_numpy(tables.astype(np.float32))
        return self._drawn(conditions, slot, given, seed, showers)

    def _drawn(
        self,
        conditions: Conditions,
        slot: int,
        first: Tensor,
        seed: np.random.SeedSequence,
        showers: ShowersOf,
    ) -> NDArray[np.float32]:
        mesh, pinned = self._chain.mesh, self.device.type == "cuda"

        def drawn() -> Iterator[Batch]:
            for rows in self._batches(len(conditions)):
                noise = noise_of_batch(seed, self._draws, rows, mesh, pool, pinned=pinned)
                yield first[rows], noise

        with ThreadPoolExecutor(min(usable_cores(), _MAX_THREADS)) as pool:
            return self._showers(conditions, slot, ahead(drawn()), showers)

    def given(
        self, conditions: Conditions, slot: int, noise: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Showers of given noise, see :meth:`reference_models.edm_model.EdmModel.from_noise`."""

        def split() -> Iterator[Batch]:
            for rows in self._batches(len(conditions)):
                part = torch.from_numpy(noise[rows])
                draws = part[:, self._marginals :].reshape(
                    len(part), self._draws, *self._chain.mesh
                )
                yield part[:, : self._marginals], draws.transpose(0, 1)

        return self._showers(conditions, slot, split(), self._whole)

    def _whole(self, told: Tensor, noise: Tensor, draws: Iterator[Tensor]) -> Tensor:
        cells: Tensor = self._chain.showers(self._ops, told, noise, draws)
        return cells

    def _batches(self, n: int) -> Iterator[slice]:
        return (slice(k, min(k + self._batch, n)) for k in range(0, n, self._batch))

    @torch.inference_mode()
    def _showers(
        self, conditions: Conditions, slot: int, batches: Iterator[Batch], showers: ShowersOf
    ) -> NDArray[np.float32]:
        n = len(conditions)
        cells = np.empty((n, *self._chain.mesh), dtype=np.float32)
        on_host, told = torch.from_numpy(cells), torch.from_numpy(inputs_of(conditions, slot))
        for rows, batch in zip(self._batches(n), batches, strict=True):
            first, draws = (noise.to(self.device, non_blocking=True) for noise in batch)
            given = told[rows].to(self.device)
            on_host[rows].copy_(showers(given, first, iter(draws)))
        return cells
