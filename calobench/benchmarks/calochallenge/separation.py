"""Separation power as the CaloChallenge scores histograms, and its statistical floor.

S = 1/2 sum (p - q)^2 / (p + q) over the bins of two normalised histograms (eq. 15 of
arXiv:2009.03796): 0 when they are equal, 1 when they share no bin. For two samples of equal size N
of the same thing 2 N S is the two-sample chi2, so that no model scores below (k - 1) / (2 N).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

__all__ = ["Floor", "in_range", "separation", "statistical_floor"]

Array = NDArray[np.float64]

_GUARD = 1e-16


class Floor(NamedTuple):
    """Separation of two samples of the same distribution.

    Attributes:
        bins: that hold an entry of either sample.
        expected: (k - 1) / 4 (1 / n + 1 / m).
        p_value: of the measured value, from chi2 with k - 1 degrees of freedom.
    """

    bins: int
    expected: float
    p_value: float


def separation(reference: Array, generated: Array) -> Array:
    """Separation power of histograms; NaN where one of the two is empty.

    The challenge draws both with ``density=True``, which divides by the entries inside the range:
    pass :func:`in_range` of the counts for its number, the counts as they are for one that sees
    what lies outside.

    Args:
        reference: entries per bin, (..., bins).
        generated: entries per bin, (..., bins).

    Returns:
        (...).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        p = reference / reference.sum(axis=-1, keepdims=True)
        q = generated / generated.sum(axis=-1, keepdims=True)
        difference = p - q
        p += q
        p += _GUARD
        difference *= difference
        difference /= p
        power: Array = 0.5 * difference.sum(axis=-1)
    return power


def in_range(counts: Array) -> Array:
    """Counts without underflow (first) and overflow (last)."""
    return counts[..., 1:-1]


def statistical_floor(reference: Array, generated: Array) -> Floor | None:
    """The separation of two such histograms by chance.

    Exact in the limit of many entries per bin, for entries that are independent: one per shower, not
    cells. 4 S / (1/n + 1/m) then follows chi2 with k - 1 degrees of freedom.

    Args:
        reference: entries per bin, (bins,).
        generated: entries per bin, (bins,).

    Returns:
        None where one of the two is empty.
    """
    n, m = reference.sum(), generated.sum()
    if n == 0 or m == 0:
        return None
    bins = int(np.count_nonzero(reference + generated))
    scale = (1 / n + 1 / m) / 4
    value = float(separation(reference, generated))
    p_value = float(chdtrc(bins - 1, value / scale)) if bins > 1 else 1.0
    return Floor(bins, float((bins - 1) * scale), p_value)
