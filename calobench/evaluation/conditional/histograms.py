"""Histograms of residuals in bins of about equal content of the reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bin_counts", "quantile_edges"]

Array = NDArray[np.float64]

# Ten inner bins; two at either end look at the tails.
_QUANTILES = (0.01, 0.05, *np.linspace(0.1, 0.9, 9).tolist(), 0.95, 0.99)


def quantile_edges(reference: Array) -> Array:
    """Quantiles of the reference from 1 % to 99 %, those that coincide once.

    Args:
        reference: residuals, finite, (N,).

    Returns:
        At least one edge; what lies outside is the first and the last bin.
    """
    return np.unique(np.quantile(reference, _QUANTILES))


def bin_counts(residuals: Array, edges: Array) -> tuple[int, ...]:
    """Showers in the bins between edges and in the two open ones outside, len(edges)+1."""
    index = np.searchsorted(edges, residuals, side="right")
    return tuple(np.bincount(index, minlength=len(edges) + 1).tolist())
