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
        reference: values, NaN where undefined, (N,).

    Returns:
        (K+1,) increasing edges in the unit of the values. A reference that is (nearly) constant
        gets five narrow bins around its value, one that is undefined everywhere gets five around
        0.
    """
    values = reference[~np.isnan(reference)]
    if len(values) == 0:
        values = np.zeros(1)
    wanted = round(BINS_AT_200 * np.sqrt(len(values) / 200))
    low, high = np.quantile(values, CORE)
    edges = np.linspace(low, high, int(np.clip(wanted, FEWEST_BINS, MOST_BINS)) + 1)
    magnitude = float(np.abs(values).max())
    if np.diff(edges).min() > 1e-12 * magnitude:
        return edges
    half_width = max(1e-3 * magnitude, float(values.std())) or 1.0
    return np.linspace(low - half_width, low + half_width, FEWEST_BINS + 1)


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
