"""Many tests at once: which p-values still mean something."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["benjamini_hochberg", "headline_weights", "holm"]

Array = NDArray[np.float64]


def benjamini_hochberg(p_values: Sequence[float] | Array) -> Array:
    """Q-values: the smallest false discovery rate at which each test is a discovery.

    Of all tests with q <= 0.05 at most a twentieth is false on average, for tests that are
    independent or depend on one another as the scores of one sample do (Benjamini and Hochberg,
    *Journal of the Royal Statistical Society* B 57 (1995) 289; Benjamini and Yekutieli, *Annals of
    Statistics* 29 (2001) 1165).

    Args:
        p_values: (K,).

    Returns:
        In the same order, (K,).
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    # Rounding must not make one smaller than its p-value.
    return np.maximum(q, p)


def holm(p_values: Sequence[float] | Array, weight: Array | None = None) -> Array:
    """Adjusted p-values: the probability that any test as significant as this one is false.

    Holds however the tests depend on one another (step-down procedure, with weights: Holm, *Scandinavian
    Journal of Statistics* 6 (1979) 65).

    Args:
        p_values: (M,).
        weight: positive: how the probability of a false alarm is divided among the tests, (M,); None:
            evenly.

    Returns:
        In the same order, (M,): at most ``alpha`` where a test rejects at family-wise error ``alpha``.
    """
    p = np.asarray(p_values, np.float64)
    weight = np.ones(len(p)) if weight is None else weight
    ratio = p / weight
    order = np.argsort(ratio, kind="stable")
    remaining = np.cumsum(weight[order][::-1])[::-1]
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(ratio[order] * remaining), 1.0)
    return adjusted


def headline_weights(headline: NDArray[np.bool_], fraction: float) -> Array:
    """Fractions of the probability of a false alarm for the tests, (M,), sum 1.

    Args:
        headline: the tests that divide ``fraction`` evenly; the others divide the rest, (M,).
        fraction: above 0 and below 1; without headline tests, or with nothing else, all are alike.
    """
    m, h = len(headline), int(headline.sum())
    if h in (0, m):
        return np.full(m, 1 / max(m, 1))
    return np.where(headline, fraction / h, (1 - fraction) / (m - h))
