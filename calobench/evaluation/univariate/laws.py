"""Nulls that are known without resampling: independent samples of a continuous observable."""

from __future__ import annotations

from collections.abc import Sequence

from calobench.evaluation.univariate.base import ScoreFunction
from calobench.evaluation.univariate.samples import Distributions, Samples
from calobench.results.schema import Score

__all__ = ["with_known_nulls"]

# Fraction of values that occur once in a sample that is called continuous.
CONTINUOUS = 0.95


def with_known_nulls(
    functions: Sequence[ScoreFunction], scores: Sequence[Score], samples: Samples
) -> tuple[Score, ...]:
    """The same scores, with the null's exact quantiles where a score declares its law.

    Only for samples that do not share their conditions: those agree better than any law of
    independent samples says. Vectors, and observables with values that many showers share, keep
    the null of resampling.

    Args:
        functions: the scores.
        scores: of one observable, in the same order.
        samples: the observable in both samples, not paired.
    """
    if not isinstance(samples, Distributions) or not _continuous(samples):
        return tuple(scores)
    return tuple(
        _with_known_null(function, score) for function, score in zip(functions, scores, strict=True)
    )


def _with_known_null(function: ScoreFunction, score: Score) -> Score:
    if function.law is None:
        return score
    median, limit = (function.law(score, quantile) for quantile in (0.5, 0.95))
    if median is None or limit is None:
        return score
    return score.model_copy(update={"null_median": median, "null_95": limit})


def _continuous(samples: Distributions) -> bool:
    return len(samples.line.points) >= CONTINUOUS * (len(samples.reference) + len(samples.model))
