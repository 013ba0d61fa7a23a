"""Many tests at once: the probability of any false alarm among them is kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["adjusted", "weights"]

Array = NDArray[np.float64]


def weights(headline: NDArray[np.bool_], share: float) -> Array:
    """How the probability of a false alarm is divided among tests, (M,), sum 1.

    Args:
        headline: the tests that divide ``share`` evenly; the others divide the rest, (M,).
        share: above 0 and below 1; without headline tests, or with nothing else, all are alike.
    """
    m, h = len(headline), int(headline.sum())
    if h in (0, m):
        return np.full(m, 1 / max(m, 1))
    return np.where(headline, share / h, (1 - share) / (m - h))


def adjusted(p_values: Array, weight: Array) -> Array:
    """Adjusted p-values: at most ``alpha`` where the test rejects at family-wise error ``alpha``.

    Holm's step-down procedure with weights (Holm, *Scandinavian Journal of Statistics* 6 (1979)
    65): it holds for any dependence among the tests.

    Args:
        p_values: (M,).
        weight: positive, (M,).
    """
    ratio = p_values / weight
    order = np.argsort(ratio, kind="stable")
    remaining = np.cumsum(weight[order][::-1])[::-1]
    stepped = ratio[order] * remaining
    result = np.empty(len(p_values))
    result[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return result
