"""Error and null of a row of the table, from histograms of blocks of showers.

A permutation test exchanges showers between the samples; with hundreds of thousands of showers and
hundreds of histograms it exchanges blocks of them instead. Showers go to blocks at random, so blocks of
equal size are exchangeable whenever showers are, and the test keeps its level exactly. Showers that
fill no block stay where they are, which does not change that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.calochallenge.histograms import ABSENT
from calobench.benchmarks.calochallenge.separation import in_range, separation

__all__ = ["BlockPlan", "Resampled", "SampleBlocks", "resample"]

Array = NDArray[np.float64]

BLOCKS = 512
_MAX_BLOCKS = 4096
_MIN_IN_SAMPLE = 16

# Sums of whole numbers below it are exact in single precision.
_EXACT = 2**24


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


@dataclass(frozen=True)
class SampleBlocks:
    """Histograms of the blocks of one sample.

    Attributes:
        blocks: entries, (blocks, histograms, K+2).
        rest: of the showers in no block, (histograms, K+2).
    """

    blocks: Array
    rest: Array

    @property
    def total(self) -> Array:
        """Histograms of the whole sample, (histograms, K+2)."""
        total: Array = self.blocks.sum(axis=0) + self.rest
        return total

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
        for column in range(codes.shape[1]):
            code = codes[:, column]
            here = code != ABSENT
            place = (block[here] + 1) * width + code[here]
            filled[:, column] = np.bincount(place, minlength=rows * width).reshape(rows, width)
        return cls(filled[1:], filled[0])

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


def resample(
    reference: SampleBlocks, generated: SampleBlocks, replicas: int, rng: np.random.Generator
) -> Both:
    """Value, bootstrap standard deviation, null and permutation p-value of a row.

    As published, and with under- and overflow as two bins more, from the same draws.

    Args:
        reference: its blocks.
        generated: its blocks.
        replicas: of the bootstrap, and as many permutations.
        rng: draws them.
    """
    observed = reference.total[None], generated.total[None]
    bootstrap = _redrawn(reference, replicas, rng), _redrawn(generated, replicas, rng)
    null = _permuted(reference, generated, replicas, rng)
    samples = observed, bootstrap, null
    inside = tuple((in_range(ref), in_range(gen)) for ref, gen in samples)
    return Both(_resampled(*inside), _resampled(*samples))


Pair = tuple[Array, Array]


def _resampled(observed: Pair, bootstrap: Pair, null: Pair) -> Resampled | None:
    value = float(_score(*observed)[0])
    if not np.isfinite(value):
        return None
    permuted = _score(*null)
    # Equal splits of the blocks can differ by rounding.
    at_least = int(np.count_nonzero(permuted >= value * (1 - 1e-12)))
    return Resampled(
        value,
        float(np.nanstd(_score(*bootstrap), ddof=1)),
        float(np.nanmean(permuted)),
        float(np.nanquantile(permuted, 0.95)),
        (1 + at_least) / (1 + len(permuted)),
    )


def _score(reference: Array, generated: Array) -> Array:
    """Mean separation power of a row's histograms, (replicas,)."""
    each = separation(reference, generated)
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


def _redrawn(sample: SampleBlocks, replicas: int, rng: np.random.Generator) -> Array:
    """Histograms of samples whose blocks are drawn with replacement, (replicas, histograms, K+2)."""
    n = len(sample.blocks)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=replicas).astype(np.float64)
    return _combined(weights, sample.blocks) + sample.rest


def _permuted(
    reference: SampleBlocks, generated: SampleBlocks, replicas: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Histograms of both samples after exchanging blocks at random."""
    blocks = np.concatenate([reference.blocks, generated.blocks])
    chosen = np.zeros((replicas, len(blocks)))
    order = np.argsort(rng.random(chosen.shape), axis=1)
    np.put_along_axis(chosen, order[:, : len(generated.blocks)], 1.0, axis=1)
    permuted_generated = _combined(chosen, blocks)
    permuted_reference = blocks.sum(axis=0) - permuted_generated
    return permuted_reference + reference.rest, permuted_generated + generated.rest


def _combined(weights: Array, blocks: Array) -> Array:
    flat = blocks.reshape(len(blocks), -1)
    combined: NDArray[np.floating]
    if len(flat) * flat.max(initial=0) < _EXACT:
        combined = weights.astype(np.float32) @ flat.astype(np.float32)
    else:
        combined = weights @ flat
    return combined.astype(np.float64, copy=False).reshape(len(weights), *blocks.shape[1:])
