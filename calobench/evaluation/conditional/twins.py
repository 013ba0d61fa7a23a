"""Showers that occur more than once: a model that repeats itself or its training sample.

Two showers are twins when their profiles in depth and radius are much closer to each other than
those of two independent showers ever are. Profiles are shares of the visible energy, so that a
shower that was scaled or turned around its axis is still found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.stats.neighbours import nearest_distance

__all__ = ["copied", "repeated", "twin_distance"]

Array = NDArray[np.float64]

# Of the distance between typical neighbours: among N showers with d independent numbers about
# N * 0.1^d are that close by chance, and profiles hold about ten.
CLOSE = 0.1

MOST_SHOWERS = 2000
"""All pairs are looked at: more showers than this are thinned evenly."""


def twin_distance(shape: Array) -> float:
    """Below this distance two showers are twins: a tenth of the reference's typical one.

    Args:
        shape: profiles of the reference showers, (N, S), N at least 2.
    """
    squares = _squared_distances(_thinned(shape))
    np.fill_diagonal(squares, np.inf)
    return CLOSE * float(np.median(np.sqrt(squares.min(axis=1))))


def repeated(shape: Array, distance: float, empty: NDArray[np.bool_]) -> tuple[int, int]:
    """Showers that have an earlier twin, and showers looked at; empty ones are left out.

    Args:
        shape: profiles of the sample, (N, S).
        distance: from :func:`twin_distance`.
        empty: showers without a shape, (N,).
    """
    kept = _thinned(shape[~empty])
    if len(kept) < 2 or kept.shape[1] == 0:
        return 0, len(kept)
    close = np.tril(_squared_distances(kept) <= distance**2, k=-1)
    return int(close.any(axis=1).sum()), len(kept)


def copied(shape: Array, reference: Array | None, distance: float) -> tuple[int, int]:
    """Showers that have a twin in the reference, and showers looked at.

    Args:
        shape: profiles of the sample without its empty showers, (N, S).
        reference: likewise of the reference, (M, S); None where the sample is the reference, of
            which no shower is its own twin.
        distance: from :func:`twin_distance`.
    """
    kept = _thinned(shape)
    others = kept if reference is None else _thinned(reference)
    if min(len(kept), len(others)) < 2 or kept.shape[1] == 0:
        return 0, len(kept)
    nearest = nearest_distance(kept, None if reference is None else others)
    return int((nearest <= distance).sum()), len(kept)


def _thinned(shape: Array) -> Array:
    step = -(-len(shape) // MOST_SHOWERS)
    return shape[:: max(step, 1)]


def _squared_distances(shape: Array) -> Array:
    squares = (shape**2).sum(axis=1)
    product: Array = squares[:, None] + squares[None, :] - 2 * shape @ shape.T
    return np.maximum(product, 0)
