"""Nulls that are known without resampling: independent samples of a continuous observable."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import chi2

from calobench.evaluation.univariate.ks import ks_law
from calobench.evaluation.univariate.samples import Distributions, Samples
from calobench.results.schema import Score

__all__ = ["with_known_nulls"]

# Share of values that occur once in a sample that is called continuous.
CONTINUOUS = 0.95


def with_known_nulls(scores: Sequence[Score], samples: Samples) -> tuple[Score, ...]:
    """The same scores, with the null's exact quantiles where a law gives them.

    Kolmogorov's law for the distance of cumulative distributions, the chi-square law for histograms.
    Only for samples that do not share their conditions: those agree better than any law of
    independent samples says. Vectors, and observables with values that many showers share, keep
    the null of resampling.

    Args:
        scores: of one observable.
        samples: the observable in both samples, not paired.
    """
    if not isinstance(samples, Distributions) or not _continuous(samples):
        return tuple(scores)
    return tuple(_with_known_null(score) for score in scores)


def _with_known_null(score: Score) -> Score:
    if score.name == "ks":
        median, limit = (ks_law(score.n_reference, score.n_model, q) for q in (0.5, 0.95))
    elif score.name == "chi2" and score.ndf:
        median, limit = (float(chi2.ppf(q, score.ndf)) / score.ndf for q in (0.5, 0.95))
    else:
        return score
    return score.model_copy(update={"null_median": median, "null_95": limit})


def _continuous(samples: Distributions) -> bool:
    return len(samples.line.points) >= CONTINUOUS * (len(samples.reference) + len(samples.model))
