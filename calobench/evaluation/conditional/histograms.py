"""Histograms of residuals in bins of about equal content of the reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import cuts_at_quantiles

__all__ = ["bin_counts", "quantile_edges"]

Array = NDArray[np.float64]

# Ten inner bins; two at either end look at the tails.
_QUANTILES = (0.01, 0.05, *np.linspace(0.1, 0.9, 9).tolist(), 0.95, 0.99)


def quantile_edges(reference: Array) -> Array:
    """Quantiles of the reference from 1 % to 99 %, those that coincide once.

    Edges lie half-way between two values that occur: none is on an edge, and the values of an
    observable that takes few of them (a number of cells, the depth of a layer) stay in their bins
    although the residuals of model and reference are rounded, and fitted, a little differently.

    Args:
        reference: residuals, finite, (N,).

    Returns:
        At least one edge; what lies outside is the first and the last bin.
    """
    edges = cuts_at_quantiles(reference, _QUANTILES)
    # Where all agree, half a width to either side.
    return edges if len(edges) else np.asarray(reference[0] + np.array([-0.5, 0.5]))


def bin_counts(residuals: Array, edges: Array) -> tuple[int, ...]:
    """Showers in the bins between edges and in the two open ones outside, len(edges)+1."""
    index = np.searchsorted(edges, residuals, side="right")
    return tuple(np.bincount(index, minlength=len(edges) + 1).tolist())
