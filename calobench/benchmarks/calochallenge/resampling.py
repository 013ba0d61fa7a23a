"""Error and null of a row of the table, from histograms of blocks of showers.

A permutation test exchanges showers between the samples; with hundreds of thousands of showers and
hundreds of histograms it exchanges blocks of them instead. Showers go to blocks at random, so blocks of
equal size are exchangeable whenever showers are, and the test keeps its level exactly. Showers that
fill no block stay where they are, which does not change that.

All histograms are resampled by the same draws, a few histograms at a time: what is computed of them then
stays near the processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.calochallenge.separation import in_range, separation

__all__ = ["BlockPlan", "Draws", "Resampled", "SampleBlocks", "resample"]

Array = NDArray[np.float64]

BLOCKS = 512
_MAX_BLOCKS = 4096
_MIN_IN_SAMPLE = 16

# Sums of whole numbers below it are exact in single precision.
_EXACT = 2**24

# Of the resampled histograms that are worked on at once.
_WORK_BYTES = 512 << 10


@dataclass(frozen=True)
class BlockPlan:
    """Block of each shower; -1 for those in none.

    Attributes:
        reference: (N,).
        generated: (M,).
    """

    reference: NDArray[np.intp]
    generated: NDArray[np.intp]

    @classmethod
    def of(cls, n_reference: int, n_generated: int, rng: np.random.Generator) -> BlockPlan:
        """About 512 blocks of one size, 16 or more of them in each sample where it has 16 showers."""
        showers, smaller = n_reference + n_generated, min(n_reference, n_generated)
        size = min(-(-showers // BLOCKS), max(1, smaller // _MIN_IN_SAMPLE))
        size = min(max(size, -(-showers // _MAX_BLOCKS)), smaller)
        return cls(_assign(n_reference, size, rng), _assign(n_generated, size, rng))

    @property
    def sizes(self) -> tuple[int, int]:
        """Number of blocks of the reference and of the generated sample."""
        return int(self.reference.max()) + 1, int(self.generated.max()) + 1


@dataclass(frozen=True)
class Draws:
    """How often each block is in each replica; single precision holds it exactly.

    Attributes:
        reference: of the bootstrap, (replicas, blocks of the reference).
        generated: the same, (replicas, blocks of the generated sample).
        exchanged: 1 for the blocks that a permutation puts into the generated sample,
            (replicas, blocks of both).
    """

    reference: NDArray[np.float32]
    generated: NDArray[np.float32]
    exchanged: NDArray[np.float32]

    @classmethod
    def of(cls, blocks: tuple[int, int], replicas: int, rng: np.random.Generator) -> Draws:
        """Draws of a bootstrap and of as many permutations.

        Args:
            blocks: of the reference and of the generated sample.
            replicas: of each.
            rng: draws them.
        """
        reference, generated = (
            rng.multinomial(n, np.full(n, 1 / n), size=replicas).astype(np.float32) for n in blocks
        )
        exchanged = np.zeros((replicas, sum(blocks)), np.float32)
        order = np.argsort(rng.random(exchanged.shape), axis=1)
        np.put_along_axis(exchanged, order[:, : blocks[1]], 1.0, axis=1)
        return cls(reference, generated, exchanged)


@dataclass(frozen=True)
class SampleBlocks:
    """Histograms of the blocks of one sample.

    Attributes:
        blocks: entries, (blocks, histograms, K+2); all sums of them are exact in their type.
        rest: of the showers in no block, (histograms, K+2).
    """

    blocks: NDArray[np.floating]
    rest: Array

    @property
    def total(self) -> Array:
        """Histograms of the whole sample, (histograms, K+2)."""
        total: Array = self.blocks.sum(axis=0) + self.rest
        return total

    def part(self, histograms: slice) -> SampleBlocks:
        """Some of the histograms."""
        return SampleBlocks(self.blocks[:, histograms], self.rest[histograms])

    @classmethod
    def from_codes(
        cls, codes: NDArray[np.uint8], block: NDArray[np.intp], bins: int
    ) -> SampleBlocks:
        """From the bin of each shower.

        Args:
            codes: of :meth:`Quantity.codes`, (N, histograms).
            block: of each shower, (N,).
            bins: K.
        """
        rows, width = int(block.max()) + 2, bins + 2
        filled = np.empty((rows, codes.shape[1], width))
        # One bin more, of those who do not belong.
        first = (block + 1) * (width + 1)
        for column in range(codes.shape[1]):
            place = first + np.minimum(codes[:, column], width)
            counts = np.bincount(place, minlength=rows * (width + 1)).reshape(rows, width + 1)
            filled[:, column] = counts[:, :width]
        return cls._of(filled)

    @classmethod
    def from_counts(cls, counts: NDArray[np.integer], block: NDArray[np.intp]) -> SampleBlocks:
        """From histograms of each shower.

        Args:
            counts: entries, (N, K+2).
            block: of each shower, (N,).
        """
        order = np.argsort(block, kind="stable")
        labels, starts = np.unique(block[order], return_index=True)
        filled = np.zeros((int(block.max()) + 2, 1, counts.shape[1]))
        filled[labels + 1, 0] = np.add.reduceat(counts[order], starts, axis=0, dtype=np.int64)
        return cls._of(filled)

    @classmethod
    def _of(cls, filled: Array) -> SampleBlocks:
        """Of the showers in no block, then of the blocks; in single precision if its sums are exact."""
        if 2 * len(filled) * filled.max() < _EXACT:  # of two samples
            return cls(filled[1:].astype(np.float32), filled[0])
        return cls(filled[1:], filled[0])


class Resampled(NamedTuple):
    """A row's value, the mean of its histograms, with what resampling says of it."""

    value: float
    error: float
    null_mean: float
    null_95: float
    p_value: float


class Both(NamedTuple):
    """A row in both definitions; None where no histogram has a value."""

    as_published: Resampled | None
    complete: Resampled | None


def resample(reference: SampleBlocks, generated: SampleBlocks, draws: Draws) -> Both:
    """Value, bootstrap standard deviation, null and permutation p-value of a row.

    As published, and with under- and overflow as two bins more, from the same draws.

    Args:
        reference: its blocks.
        generated: its blocks.
        draws: of blocks of both.
    """
    _, histograms, width = reference.blocks.shape
    step = max(1, _WORK_BYTES // (8 * width * len(draws.exchanged)))
    parts = [
        _separations(reference.part(some), generated.part(some), draws)
        for some in (slice(first, first + step) for first in range(0, histograms, step))
    ]
    return Both(
        *(_resampled(*map(np.hstack, zip(*one, strict=True))) for one in zip(*parts, strict=True))
    )


class _Separations(NamedTuple):
    """Separation powers of some histograms, (replicas, histograms) each."""

    observed: Array
    bootstrap: Array
    null: Array


def _separations(
    reference: SampleBlocks, generated: SampleBlocks, draws: Draws
) -> tuple[_Separations, _Separations]:
    """As published, and complete."""
    samples = (
        (reference.total[None], generated.total[None]),
        (
            _combined(draws.reference, reference.blocks) + reference.rest,
            _combined(draws.generated, generated.blocks) + generated.rest,
        ),
        _permuted(reference, generated, draws.exchanged),
    )
    return (
        _Separations(*(separation(in_range(ref), in_range(gen)) for ref, gen in samples)),
        _Separations(*(separation(ref, gen) for ref, gen in samples)),
    )


def _resampled(observed: Array, bootstrap: Array, null: Array) -> Resampled | None:
    value = float(_mean(observed)[0])
    if not np.isfinite(value):
        return None
    permuted = _mean(null)
    # Equal splits of the blocks can differ by rounding.
    at_least = int(np.count_nonzero(permuted >= value * (1 - 1e-12)))
    return Resampled(
        value,
        float(np.nanstd(_mean(bootstrap), ddof=1)),
        float(np.nanmean(permuted)),
        float(np.nanquantile(permuted, 0.95)),
        (1 + at_least) / (1 + len(permuted)),
    )


def _mean(each: Array) -> Array:
    """Mean separation power of a row's histograms, (replicas,)."""
    # A histogram without entries in range has no value; like the published means, skip it.
    defined = np.isfinite(each)
    total: Array = np.where(defined, each, 0).sum(axis=-1)
    count = defined.sum(axis=-1)
    mean: Array = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return mean


def _assign(showers: int, size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    block = rng.permutation(showers) // size
    block[block >= min(showers // size, _MAX_BLOCKS)] = -1
    return block


def _permuted(
    reference: SampleBlocks, generated: SampleBlocks, exchanged: NDArray[np.float32]
) -> tuple[Array, Array]:
    """Histograms of both samples after exchanging blocks at random."""
    blocks = np.concatenate([reference.blocks, generated.blocks])
    permuted_generated = _combined(exchanged, blocks)
    permuted_reference = blocks.sum(axis=0) - permuted_generated
    return permuted_reference + reference.rest, permuted_generated + generated.rest


def _combined(weights: NDArray[np.float32], blocks: NDArray[np.floating]) -> Array:
    """Sums of blocks, (replicas, histograms, K+2)."""
    flat = blocks.reshape(len(blocks), -1)
    combined: NDArray[np.floating] = weights.astype(blocks.dtype, copy=False) @ flat
    return combined.astype(np.float64, copy=False).reshape(len(weights), *blocks.shape[1:])
