"""Bins of a number, made from the reference alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["edges_of_replicas", "reference_edges"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Showers are few: the bins hold 5 to 10 reference showers each at first and more later.
BINS_AT_200 = 20
MIN_BINS = 5
MAX_BINS = 50

CORE = (0.005, 0.995)


def reference_edges(reference: Array) -> Array:
    """Equal-width bins over the core of the reference.

    They reach from its 0.5 % to its 99.5 % quantile; what lies outside is under- and overflow.
    Their number is 20 for 200 showers, grows like the root of the number of showers, and stops at
    50. The model has no say, so that two models are binned alike.

    Args:
        reference: values, NaN where undefined, (N,).

    Returns:
        (K+1,) increasing edges in the unit of the values. A reference that is (nearly) constant
        gets narrow bins around its value, one that is undefined everywhere bins around 0.
    """
    defined = np.sort(reference[~np.isnan(reference)])
    values = defined if len(defined) else np.zeros(1)
    return _edges(lambda rank: values[rank], np.array(len(defined)), len(reference))


def edges_of_replicas(points: Array, up_to: Array, showers: int) -> Array:
    """As :func:`reference_edges`, for replicas of the reference.

    Args:
        points: increasing values, (F,).
        up_to: number of showers at each point or below, (B, F).
        showers: size of the reference.

    Returns:
        (B, K+1).
    """
    defined = up_to[:, -1].astype(np.intp)
    replicas = np.arange(len(up_to))

    def ranked(rank: Indices) -> Array:
        # The first point that more than `rank` showers lie at or below, by bisection.
        low, high = np.zeros_like(defined), np.full_like(defined, len(points) - 1)
        for _ in range(len(points).bit_length()):
            middle = (low + high) // 2
            reached = up_to[replicas, middle] > rank
            low, high = np.where(reached, low, middle + 1), np.where(reached, middle, high)
            low = np.minimum(low, high)
        # A reference without any defined value has rank 0 nowhere.
        return np.where(defined > 0, points[high], 0.0)

    return _edges(ranked, defined, showers)


def _edges(ranked: Callable[[Indices], Array], defined: Indices, showers: int) -> Array:
    """Edges from the values of rank 0 to ``defined - 1`` of each of some references."""
    bins = int(np.clip(round(BINS_AT_200 * (showers / 200) ** 0.5), MIN_BINS, MAX_BINS))
    last = np.maximum(defined - 1, 0)
    low, high = (_interpolated(ranked, quantile * last) for quantile in CORE)
    magnitude = np.maximum(np.abs(ranked(np.zeros_like(last))), np.abs(ranked(last)))
    half_width = np.where(magnitude > 0, 1e-3 * magnitude, 1.0)
    constant = high - low <= 1e-12 * bins * magnitude
    low, high = np.where(constant, (low - half_width, low + half_width), (low, high))
    edges: Array = np.linspace(low, high, bins + 1, axis=-1)
    return edges


def _interpolated(ranked: Callable[[Indices], Array], place: Array) -> Array:
    """Values at places that may lie between two ranks."""
    below = np.floor(place).astype(np.intp)
    above = np.ceil(place).astype(np.intp)
    lower = ranked(below)
    step: Array = (ranked(above) - lower) * (place - below)
    return lower + step
