"""Nearest neighbours in many dimensions, with memory that grows with N and not with N squared.

In tens of dimensions a k-d tree visits nearly every point, so that blocks of plain distances are
faster than it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "distance_blocks",
    "kth_distance",
    "nearest_distance",
    "nearest_index",
    "neighbour_lists",
]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Of squared distances between standardised features: what follows is rounding.
DECIMALS = 9

# Distances that are worked on at once: 32 MB.
BLOCK = 4_000_000


def distance_blocks(x: Array, y: Array) -> Iterator[tuple[slice, Array]]:
    """Squared Euclidean distances of some rows of ``x`` to all of ``y``.

    Args:
        x: (N, d).
        y: (M, d).

    Yields:
        The rows, and their squared distances, (rows, M). Never negative; of equal points it is
        rounding, about 1e-15 times their squared lengths.
    """
    y_squares = np.einsum("ij,ij->i", y, y)
    step = max(1, BLOCK // max(len(y), 1))
    for first in range(0, len(x), step):
        part = slice(first, first + step)
        rows = x[part]
        squares = rows @ y.T
        squares *= -2
        squares += np.einsum("ij,ij->i", rows, rows)[:, None]
        squares += y_squares
        yield part, np.maximum(squares, 0, out=squares)


def kth_distance(x: Array, k: int) -> Array:
    """Squared distance of each point to its k-th nearest neighbour among the others, (N,).

    Args:
        x: (N, d) with N > k.
        k: at least 1.
    """
    distances = np.empty(len(x))
    for part, squares in distance_blocks(x, x):
        # The point itself is the nearest of all, or as near as one that equals it.
        distances[part] = np.partition(squares, k, axis=1)[:, k]
    return distances


def nearest_index(x: Array, y: Array | None = None) -> Indices:
    """Row of ``y`` that is nearest to each row of ``x``, (N,).

    Args:
        x: (N, d).
        y: (M, d); None for the other rows of ``x``.
    """
    others = x if y is None else y
    nearest = np.empty(len(x), dtype=np.intp)
    for part, squares in distance_blocks(x, others):
        if y is None:
            rows = np.arange(part.start, min(part.stop, len(x)))
            squares[rows - part.start, rows] = np.inf
        nearest[part] = squares.argmin(axis=1)
    return nearest


def nearest_distance(x: Array, y: Array | None = None) -> Array:
    """Distance of each row of ``x`` to the nearest row of ``y``, exact for equal points too, (N,).

    Args:
        x: (N, d).
        y: (M, d); None for the other rows of ``x``.
    """
    others = x if y is None else y
    # Again as a difference: equal points are then exactly 0 apart.
    distance: Array = np.sqrt(((x - others[nearest_index(x, y)]) ** 2).sum(axis=1))
    return distance


def neighbour_lists(x: Array, k: int) -> NDArray[np.int32]:
    """The k nearest other points of each, the nearest first, (N, k).

    Args:
        x: (N, d) with N > k.
        k: length of the lists.
    """
    lists = np.empty((len(x), k), dtype=np.int32)
    for part, squares in distance_blocks(x, x):
        rows = np.arange(part.start, min(part.stop, len(x)))
        squares[rows - part.start, rows] = np.inf
        near = np.argpartition(squares, k - 1, axis=1)[:, :k]
        near.sort(axis=1)
        # Equal distances stay equal, and their points in order.
        distances = np.round(np.take_along_axis(squares, near, axis=1), DECIMALS)
        order = np.argsort(distances, axis=1, kind="stable")
        lists[part] = np.take_along_axis(near, order, axis=1)
    return lists
