"""Bins of a number: made from the reference alone, and filled with nothing left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bin_index", "reference_edges"]

Array = NDArray[np.float64]

# Showers are few: the bins hold 5 to 10 reference showers each at first and more later.
BINS_AT_200 = 20
FEWEST_BINS = 5
MOST_BINS = 50

CORE = (0.005, 0.995)


def reference_edges(reference: Array) -> Array:
    """Equal-width bins over the core of the reference.

    They reach from its 0.5 % to its 99.5 % quantile; what lies outside is under- and overflow.
    Their number is 20 for 200 showers, grows like the root of the number of showers, and stops at
    50. The model has no say, so that two models are binned alike.

    Args:
        reference: values, NaN where undefined, (..., N): one reference or a stack of them.

    Returns:
        (..., K+1) increasing edges in the unit of the values. A reference that is (nearly)
        constant gets narrow bins around its value, one that is undefined everywhere bins around 0.
    """
    showers = reference.shape[-1]
    bins = int(np.clip(round(BINS_AT_200 * (showers / 200) ** 0.5), FEWEST_BINS, MOST_BINS))
    # In increasing order, the undefined last; without any defined value there is a zero.
    values = np.sort(reference, axis=-1)
    last = np.count_nonzero(~np.isnan(values), axis=-1, keepdims=True) - 1
    values[..., :1] = np.where(last < 0, 0.0, values[..., :1])
    last = np.maximum(last, 0)
    low, high = (_interpolated(values, quantile * last) for quantile in CORE)
    ends = np.take_along_axis(values, np.concatenate([np.zeros_like(last), last], axis=-1), axis=-1)
    magnitude = np.abs(ends).max(axis=-1, keepdims=True)
    half_width = np.where(magnitude > 0, 1e-3 * magnitude, 1.0)
    constant = high - low <= 1e-12 * bins * magnitude
    low, high = np.where(constant, (low - half_width, low + half_width), (low, high))
    edges: Array = np.linspace(low[..., 0], high[..., 0], bins + 1, axis=-1)
    return edges


def _interpolated(rows: Array, place: NDArray[np.floating]) -> Array:
    """Entries of each row at places that may lie between two entries, (..., 1)."""
    below = np.floor(place).astype(np.intp)
    above = np.ceil(place).astype(np.intp)
    lower = np.take_along_axis(rows, below, axis=-1)
    step: Array = (np.take_along_axis(rows, above, axis=-1) - lower) * (place - below)
    return lower + step


def bin_index(values: Array, edges: Array) -> NDArray[np.intp]:
    """Bin of each value: 0 is underflow, ``len(edges)`` overflow; a bin owns its lower edge.

    NaN is counted as overflow: a shower for which the observable is undefined must not vanish.

    Args:
        values: (N,).
        edges: (K+1,) increasing.

    Returns:
        (N,) from 0 to K+1.
    """
    return np.searchsorted(edges, values, side="right")
