"""Kolmogorov-Smirnov distance: the largest difference of the two cumulative distributions.

Formula: D = max |F(x) - G(x)|.

Pitfalls: it sees shifts of the bulk, and hardly anything in tails. Kolmogorov's law is that of continuous
numbers and independent showers: for discrete observables, and for showers at common incident energies, the
null of permutations is used instead.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction, Values
from calobench.evaluation.univariate.samples import Distributions, Profiles, Weights
from calobench.results.schema import Score

__all__ = ["SCORES", "ks_law"]

Array = NDArray[np.float64]


def _of_distributions(samples: Distributions, weights: Weights) -> Values:
    """From 0 to 1. A shower for which the observable is undefined lies beyond all others."""
    counts = samples.counts(weights)
    n, m = weights.reference_draws.total, weights.model_draws.total
    if np.array_equal(n, counts.reference_total) and np.array_equal(m, counts.model_total):
        difference = counts.difference
    else:
        difference = counts.reference_up_to * m[:, None] - counts.model_up_to * n[:, None]
    # Whole numbers until the division, so that equal samples give exactly 0.
    return Values(np.abs(difference).max(axis=1, initial=0) / (n * m))


def _of_profiles(samples: Profiles, weights: Weights) -> Values:
    """Of the mean profiles along their axis, each normalised to unit sum.

    A profile without any energy has nothing in common with one that has some: 1.
    """
    means = samples.means(weights)
    cumulative, totals = [], []
    for mean in (means.reference, means.model):
        total = mean.sum(axis=1)
        cumulative.append(np.cumsum(mean, axis=1) / np.where(total > 0, total, 1)[:, None])
        totals.append(total)
    distance = np.abs(cumulative[0] - cumulative[1]).max(axis=1)
    return Values(np.where((totals[0] > 0) != (totals[1] > 0), 1.0, distance))


def ks_law(n_reference: int, n_model: int, quantile: float) -> float:
    """Quantile of the distance of two independent samples that agree, of a continuous observable.

    Kolmogorov's law of sqrt(n m / (n + m)) times the distance, with Stephens' correction for
    finite samples (*Journal of the Royal Statistical Society* B 32 (1970) 115).

    Args:
        n_reference: n.
        n_model: m.
        quantile: between 0 and 1.
    """
    # Takes half a second to import, and every command reads what scores there are.
    from scipy.stats import kstwobign

    root = np.sqrt(n_reference * n_model / (n_reference + n_model))
    return float(min(1.0, kstwobign.ppf(quantile) / (root + 0.12 + 0.11 / root)))


def _law(score: Score, quantile: float) -> float:
    return ks_law(score.n_reference, score.n_model, quantile)


SCORES = (
    ScoreFunction(
        "ks",
        _of_distributions,
        _of_profiles,
        title="KS",
        description=(
            "Kolmogorov-Smirnov distance: the largest difference of the two cumulative distributions."
        ),
        # It says less than W1, and of the same differences.
        page=False,
        averaged=True,
        law=_law,
    ),
)
