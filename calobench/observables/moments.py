"""Energy-weighted ratios, means, widths and quantiles, one per shower, NaN without energy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean", "quantile", "ratio", "width"]

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


def quantile(energy: Array, edges: Array, fraction: float) -> Array:
    """Coordinate below which a fraction of the energy lies, were each part's energy spread evenly.

    Args:
        energy: of K parts in the order of the coordinate, MeV, (N, K).
        edges: of the parts, (K+1,).
        fraction: between 0 and 1.

    Returns:
        In the unit of ``edges``, (N,).
    """
    below = np.cumsum(energy, axis=1)
    target = fraction * below[:, -1:]
    # Rounding may leave nothing at or above the target energy: it is then the end of the last part.
    part = np.minimum((below < target).sum(axis=1, keepdims=True), energy.shape[1] - 1)
    inside = np.take_along_axis(energy, part, axis=1)
    before = np.take_along_axis(below, part, axis=1) - inside
    fraction_inside = np.clip(ratio(target - before, inside), 0, 1)
    place: Array = edges[part] + fraction_inside * (edges[part + 1] - edges[part])
    return place[:, 0]
