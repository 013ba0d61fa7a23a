"""Means over pairs of showers with their errors.

Bins of separation share their pairs, so that the unit is the pair: a number of each pair, and the standard
error of its mean over the pairs, which are independent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["log_resolution", "mean_over_pairs", "ratio_over_pairs"]

Floats = NDArray[np.float64]

# With fewer pairs the error of a ratio is not to be trusted (Cochran, section 6.3).
_MIN_PAIRS = 30


def mean_over_pairs(vectors: Floats) -> tuple[float, float]:
    """Mean over all bins and pairs, and its error, the bins of a pair being correlated.

    Args:
        vectors: one per pair, (P, K), at least two pairs.
    """
    each = vectors.mean(axis=1)
    return float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))


def ratio_over_pairs(vectors: Floats) -> tuple[float, float] | None:
    """Mean over the events that define it, and its error; None where fewer than 30 pairs do.

    The number of such events varies from pair to pair: the error is that of a ratio of two sums
    (Cochran, *Sampling Techniques*, 1977, section 2.11).

    Args:
        vectors: one per pair, NaN where it is not defined, (P, K).
    """
    defined = np.isfinite(vectors)
    if np.count_nonzero(defined.any(axis=1)) < _MIN_PAIRS:
        return None
    mean = float(vectors[defined].mean())
    left = np.where(defined, vectors - mean, 0.0).sum(axis=1)
    pairs = len(vectors)
    return mean, float(left.std(ddof=1) * np.sqrt(pairs) / defined.sum())


def log_resolution(response: Floats) -> tuple[float, float] | None:
    """Logarithm of standard deviation over mean, and its error; None without a spread.

    The error is that of the influence function (z^2 - 1) / 2 - z s / m of ln(s / m), z the standardised
    response: it assumes no distribution.

    Args:
        response: of each shower, (N,).
    """
    if len(response) < 2:
        return None
    mean, spread = float(response.mean()), float(response.std(ddof=1))
    if mean <= 0 or spread <= 0:
        return None
    z = (response - mean) / spread
    influence = (z**2 - 1) / 2 - z * spread / mean
    return float(np.log(spread / mean)), float(influence.std() / np.sqrt(len(response)))
