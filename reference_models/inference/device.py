"""The whole chain on a device: marginals, network, sums and units; only its noise is drawn on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
from reference_models.inference.aligned import aligned_heads
from reference_models.inference.eager import Eager
from reference_models.inference.noise import GROUP, ahead, noise_of_batch
from reference_models.inference.ops import Ops
from reference_models.inference.torch_ops import TorchOps
from reference_models.marginals.sums import Sums

if TYPE_CHECKING:
    from reference_models.edm_model import EdmModel

__all__ = ["BATCH", "DeviceChain"]

Batch = tuple[slice, Tensor, Callable[[], Tensor]]
"""Rows of n showers, noise of the marginals, or the marginals, (n, K), and what waits for the noise of the
shape, (draws, n, R, PHI, Z)."""
ShowersOf = Callable[[Tensor, Tensor, Iterator[Tensor]], Tensor]
"""``(conditions, noise of the marginals or marginals, draws) -> showers``."""

BATCH = 2048
"""Showers that are computed together, at most."""
_MAX_THREADS = 8
"""That draw noise, and as many that put showers where they are kept."""
_SHOWERS_PUT = 64
"""That a thread puts where they are kept at once."""
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
        network = Eager(aligned_heads(model.finished.network).to(device), model.boundary)
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
        shape = (len(conditions), self._marginals)
        drawn = partial(torch.randn, *shape, generator=first)
        return self._drawn(conditions, slot, drawn, second, self._whole)

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
        return self._drawn(conditions, slot, lambda: given, seed, showers)

    def _drawn(
        self,
        conditions: Conditions,
        slot: int,
        first: Callable[[], Tensor],
        seed: np.random.SeedSequence,
        showers: ShowersOf,
    ) -> NDArray[np.float32]:
        draw = partial(
            noise_of_batch,
            seed,
            self._draws,
            shape=self._chain.mesh,
            pinned=self.device.type == "cuda",
        )
        batches = list(self._batches(len(conditions)))
        with _threads() as pool, ThreadPoolExecutor(1) as thread:
            shapes = ahead((partial(draw, rows, pool=pool) for rows in batches), thread)
            start = first()
            whole = (
                (rows, start[rows], noise) for rows, noise in zip(batches, shapes, strict=True)
            )
            return self._showers(conditions, slot, whole, showers)

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
                yield rows, part[:, : self._marginals], partial(draws.transpose, 0, 1)

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
        """A batch is on its way back, and put where it is kept, while the next one is computed."""
        cells = np.empty((len(conditions), *self._chain.mesh), dtype=np.float32)
        told = torch.from_numpy(inputs_of(conditions, slot))

        def there(noise: Callable[[], Tensor]) -> Iterator[Tensor]:
            # Not waited for before the marginals are on their way.
            yield from noise().to(self.device, non_blocking=True)

        with _threads() as pool:
            before: tuple[slice, Callable[[], Tensor]] | None = None
            for rows, first, noise in batches:
                # Whatever waited for the device would wait for the batch before.
                given, start = (
                    values.to(self.device, non_blocking=True) for values in (told[rows], first)
                )
                made = showers(given, start, there(noise))
                coming = _fetched(made)
                if before is not None:
                    _put(cells, *before, pool)
                before = (rows, coming)
            if before is not None:
                _put(cells, *before, pool)
        return cells


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(usable_cores(), _MAX_THREADS))


def _fetched(made: Tensor) -> Callable[[], Tensor]:
    """What waits for showers that are on their way to the memory of the CPU."""
    if made.device.type != "cuda":
        return lambda: made
    here = torch.empty(made.shape, pin_memory=True)
    back = torch.cuda.Stream(made.device)  # type: ignore[no-untyped-call]
    back.wait_stream(torch.cuda.current_stream(made.device))
    with torch.cuda.stream(back):
        here.copy_(made, non_blocking=True)
    made.record_stream(back)

    def waited() -> Tensor:
        back.synchronize()
        return here

    return waited


def _put(
    cells: NDArray[np.float32],
    rows: slice,
    coming: Callable[[], Tensor],
    pool: ThreadPoolExecutor,
) -> None:
    """Copies by several threads: to touch memory for the first time takes longer than to fetch a batch."""
    kept, source = cells[rows], coming().numpy()

    def copy(start: int) -> None:
        part = slice(start, start + _SHOWERS_PUT)
        kept[part] = source[part]

    for _ in pool.map(copy, range(0, len(kept), _SHOWERS_PUT)):
        pass
