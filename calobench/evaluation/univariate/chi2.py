"""Chi-square per degree of freedom.

Pitfalls: bins with few entries, and showers that share their incident energies, move it away from 1 where
nothing is wrong: the null is that of permutations. It knows bins, not distances: all of a peak one bin off
counts like all of it ten bins off. It grows with the number of showers where samples differ, so that it is
no effect size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction, Values
from calobench.evaluation.univariate.samples import Distributions, Profiles, Weights
from calobench.results.schema import Score

__all__ = ["SCORES"]

Array = NDArray[np.float64]


def _of_distributions(samples: Distributions, weights: Weights) -> Values:
    """Two-sample chi-square of histograms of unequal totals N and M.

    sum_i (sqrt(M/N) n_i - sqrt(N/M) m_i)^2 / (n_i + m_i), with under- and overflow as bins, over
    the number of bins that are not empty less one (Press et al., *Numerical Recipes*, section
    14.3; Gagunashvili, arXiv:physics/0605123). About 1 when independent samples agree, less when
    they share their incident energies.
    """
    n, m = samples.histograms(weights)
    n_total, m_total = n.sum(axis=1, keepdims=True), m.sum(axis=1, keepdims=True)
    both = n + m
    # The formula with sqrt(N M) taken out: whole numbers, so that equal samples give exactly 0.
    squares = (m_total * n - n_total * m) ** 2 / (n_total * m_total)
    terms = np.divide(squares, both, out=np.zeros_like(both), where=both > 0)
    return _per_ndf(terms, np.count_nonzero(both, axis=1) - 1)


def _of_profiles(samples: Profiles, weights: Weights) -> Values:
    """Squared difference of the mean profiles over the squared errors of both means, summed.

    Divided by the number of entries that vary from shower to shower in either sample. Entries of
    one shower are correlated, so that this is not a chi-square variable: judge it by its null
    alone.
    """
    means = samples.means(weights)
    variance = means.reference_variance + means.model_variance
    squares = (means.reference - means.model) ** 2
    terms = np.divide(squares, variance, out=np.zeros_like(squares), where=variance > 0)
    return _per_ndf(terms, np.count_nonzero(variance, axis=1))


def _per_ndf(terms: Array, ndf: NDArray[np.intp]) -> Values:
    # All showers in one bin, or no entry that varies: nothing differs and the sum is 0.
    return Values(terms.sum(axis=1) / np.maximum(ndf, 1), np.asarray(ndf, np.int64))


def _law(score: Score, quantile: float) -> float | None:
    """The chi-square law, over its degrees of freedom; None without any."""
    # Takes half a second to import, and every command reads what scores there are.
    from scipy.stats import chi2

    return float(chi2.ppf(quantile, score.ndf)) / score.ndf if score.ndf else None


SCORES = (
    ScoreFunction(
        "chi2",
        _of_distributions,
        _of_profiles,
        order=2,
        title="χ²/ndf",
        description=(
            "Squared differences of the histograms over their statistical variance, per degree of "
            "freedom. It is near 1 when the two agree, and grows with the number of showers when they "
            "do not."
        ),
        terminal=True,
        judges=2,
        law=_law,
    ),
)
