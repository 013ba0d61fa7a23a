"""Counting cells by their energy, a few hundred million of them in a large sample."""

from __future__ import annotations

import sys
from functools import cache

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import cuts, limit_above

__all__ = ["cells_above", "cells_in_bins"]

Array = NDArray[np.float64]
Cells = NDArray[np.float32]

# Eight truths are added at once, each in a byte of a machine word that holds up to 255.
LANES = 8
LANE_HOLDS = 255

# Upper halves of single-precision numbers: sign, exponent and 7 bits of the mantissa.
HALVES = 2**16
POSITIVE_HALVES = 0x7F80
UPPER = 1 if sys.byteorder == "little" else 0


def cells_above(energy: Cells, threshold: float) -> Array:
    """Number of cells of each shower with more energy than the threshold.

    Args:
        energy: cell energies, MeV, (N, ...).
        threshold: MeV, compared in single precision; a cell within a millionth of it is on it.

    Returns:
        (N,).
    """
    return _number_true(energy > np.float32(limit_above(threshold)))


def cells_in_bins(energy: Cells, edges: Array) -> Array:
    """Number of cells of each shower in each bin of energy; empty cells are not counted.

    Args:
        energy: cell energies, not negative, MeV, (N, ...).
        edges: positive and increasing, MeV, (K+1,); a bin owns its lower edge.

    Returns:
        (N, K+2), first the cells below the first edge and last those from the last edge on.
    """
    cells = np.ascontiguousarray(energy).reshape(-1)
    limits = cuts(edges)
    bins_of_halves, unknown = _bins_of_halves(tuple(limits.tolist()))
    # Looked up by the upper half of the number, in whole where that is not enough.
    bins = bins_of_halves.take(cells.view(np.uint16)[UPPER::2])
    where = np.flatnonzero(bins == unknown)
    bins[where] = np.searchsorted(limits, cells[where].astype(np.float64), side="right")
    bins = bins.reshape(energy.shape)
    counts = np.empty((len(energy), len(edges) + 1))
    for k in range(1, len(edges) + 1):
        counts[:, k] = _number_true(bins == k)
    counts[:, 0] = cells_above(energy, 0) - counts[:, 1:].sum(axis=1)
    return counts


@cache
def _bins_of_halves(edges: tuple[float, ...]) -> tuple[NDArray[np.unsignedinteger], int]:
    """The bin of each upper half, or another number where its numbers are of several bins."""
    upper = np.arange(POSITIVE_HALVES, dtype=np.uint32) << 16
    lowest, highest = (
        np.searchsorted(edges, bits.view(np.float32).astype(np.float64), side="right")
        for bits in (upper, upper | 0xFFFF)
    )
    unknown = len(edges) + 1
    # What is not positive, minus zero in fact, lies below the first edge.
    bins = np.zeros(HALVES, np.min_scalar_type(unknown))
    bins[:POSITIVE_HALVES] = np.where(lowest == highest, lowest, unknown)
    return bins, unknown


def _number_true(truths: NDArray[np.bool_]) -> Array:
    """Number of true values of each shower, (N, ...) to (N,)."""
    n, width = len(truths), int(np.prod(truths.shape[1:]))
    truths = truths.reshape(n, width)
    words, rest = divmod(width, LANES)
    if rest or not truths.size:
        number: Array = truths.sum(axis=1, dtype=np.float64)
        return number
    length = _words_to_add(words)
    added = truths.view(np.uint64).reshape(n, words // length, length).sum(axis=2)
    number = added.view(np.uint8).reshape(n, -1).sum(axis=1, dtype=np.float64)
    return np.asarray(number)


@cache
def _words_to_add(words: int) -> int:
    """The most words of which the lanes can be added, of a number that these divide."""
    return max(d for d in range(1, LANE_HOLDS + 1) if words % d == 0)
