"""Energy-weighted ratios, means and widths, one a shower, NaN where there is no energy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean", "ratio", "width"]

Array = NDArray[np.float64]


def ratio(part: Array, whole: Array) -> Array:
    """``part / whole`` after broadcasting; NaN where ``whole`` is not positive."""
    result = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def mean(energy: Array, x: Array) -> Array:
    """Energy-weighted mean of a coordinate.

    Args:
        energy: weights, MeV, (N, K).
        x: coordinate of each of the K parts, (K,).

    Returns:
        In the unit of ``x``, (N,).
    """
    return ratio(energy @ x, energy.sum(axis=1))


def width(energy: Array, x: Array) -> Array:
    """Energy-weighted standard deviation of a coordinate, sqrt(<x^2> - <x>^2).

    Computed as sqrt(<(x - <x>)^2>), which does not cancel and is never negative.

    Args:
        energy: weights, MeV, (N, K).
        x: coordinate of each of the K parts, (K,).

    Returns:
        In the unit of ``x``, (N,).
    """
    squares = (x - mean(energy, x)[:, None]) ** 2
    return np.sqrt(ratio((energy * squares).sum(axis=1), energy.sum(axis=1)))
