"""Limits of residuals: far enough out that no shift and no width is lost, near enough for all moments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LIMIT", "limited"]

Array = NDArray[np.float64]

LIMIT = 5.0
"""Residuals end this many widths from their own median: one shower must not decide over a mean."""

# The interquartile range of a Gaussian of width 1.
_QUARTILES = 1.348980


def limited(residuals: Array) -> Array:
    """Residuals, each column ended at five of its own widths on either side of its own median.

    The ends follow the sample (winsorising about a robust centre: Huber and Ronchetti, *Robust
    Statistics*, 2009, chapter 4), so that a mean and a width mean the same however far the sample is
    from the reference: ends fixed on the reference would call a scale off by 8 % and one off by 9 %
    the same. A column narrower than the reference keeps the reference's width.

    Args:
        residuals: in widths of the reference, NaN where undefined, (N, K).

    Returns:
        (N, K), finite; what is undefined lies at the lower end.
    """
    if not residuals.size:
        return residuals
    known = np.where(np.isnan(residuals), -np.inf, residuals)
    ordered = np.sort(known, axis=0)
    low, centre, high = ordered[[len(ordered) // 4, len(ordered) // 2, (3 * len(ordered)) // 4]]
    # Where a quarter of the showers or more are undefined, there is no such centre or width.
    whole = np.isfinite(low) & np.isfinite(high)
    centre = np.where(whole, centre, 0.0)
    spread = np.where(whole, high, 1.0) - np.where(whole, low, 0.0)
    end = LIMIT * np.maximum(1.0, spread / _QUARTILES)
    return np.clip(known, centre - end, centre + end)
