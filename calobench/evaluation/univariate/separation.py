"""Separation power.

Formula: S = 1/2 sum (p_i - q_i)^2 / (p_i + q_i), over the bins of normalised histograms.

Pitfalls: its value for samples that agree falls like 1/N and depends on the bins. Published values hold for
the number of showers and the bins with which they were made; 1e-3 may be perfect at one N and bad at
another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction, Values
from calobench.evaluation.univariate.samples import Distributions, Profiles, Weights

__all__ = ["SCORES"]

Array = NDArray[np.float64]


def _of_distributions(samples: Distributions, weights: Weights) -> Values:
    """Separation of two histograms, under- and overflow included.

    For two samples of N showers it is chi-square / (2 N), so that its null falls like 1 / N.
    """
    return Values(_separation(*samples.histograms(weights)))


def _of_profiles(samples: Profiles, weights: Weights) -> Values:
    """Separation of the two mean profiles, each normalised to unit sum."""
    means = samples.means(weights)
    return Values(_separation(means.reference, means.model))


def _separation(a: Array, b: Array) -> Array:
    """1/2 sum (p - q)^2 / (p + q) of the normalised rows (arXiv:2009.03796, eq. 15), (B,).

    0 for equal rows and 1 for rows that have no bin in common. An empty row has nothing in common
    with one that is not empty, and everything with another empty one.
    """
    p, q = _normalised(a), _normalised(b)
    both = p + q
    terms = np.divide((p - q) ** 2, both, out=np.zeros_like(both), where=both > 0)
    one_is_empty = (a.sum(axis=1) == 0) != (b.sum(axis=1) == 0)
    value: Array = np.where(one_is_empty, 1.0, terms.sum(axis=1) / 2)
    return value


def _normalised(rows: Array) -> Array:
    total = rows.sum(axis=1, keepdims=True)
    return rows / np.where(total > 0, total, 1)


SCORES = (
    ScoreFunction(
        "separation",
        _of_distributions,
        _of_profiles,
        order=2,
        title="separation",
        description=(
            "Separation power: ½ Σ (h₁ − h₂)² / (h₁ + h₂) over the bins of the normalised histograms: 0 "
            "when they are equal, 1 when they do not overlap."
        ),
        judges=3,
    ),
)
