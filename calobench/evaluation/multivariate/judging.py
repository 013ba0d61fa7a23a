"""From a statistic, its jackknife and its permutations to a score."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.samples import Pool
from calobench.results.multivariate import MultivariateScore
from calobench.stats.binomial import binomial_interval, binomial_limit
from calobench.stats.jackknife import Jackknife

__all__ = [
    "BY_PERMUTATION",
    "Judged",
    "Name",
    "Worse",
    "judged",
    "judged_fraction",
    "permutation_p_value",
]

Array = NDArray[np.float64]
Worse = Literal["high", "low", "both"]

BY_PERMUTATION = "labels of Geant4 and model exchanged"

# A permutation may give the observed samples again, with another rounding.
ROUNDING = 1e-10

# All scores are pure numbers: below this they are rounding, as of a model that is the reference.
NEGLIGIBLE = 1e-6


class Name(NamedTuple):
    """The declaration of a multivariate score.

    Attributes:
        key: in results, ``snake_case``.
        label: what people call it.
        description: one sentence that defines it.
        headline: its place among the few that tables of several models show, narrow ones the first two;
            None: it is not one.
        tolerance: it grows with the difference, so that a use may say how large it may be.
    """

    key: str
    label: str
    description: str
    headline: int | None = None
    tolerance: bool = False


def permutation_p_value(observed: float, permuted: Array, worse: Worse) -> float:
    """Fraction of permutations at least as bad as the samples as they are, which count as one.

    Args:
        observed: the statistic of the samples.
        permuted: of the permutations, (B,).
        worse: which side is bad; both: twice the smaller fraction.
    """
    slack = ROUNDING * max(abs(observed), 1.0)
    replicas = len(permuted)
    high = (1 + np.count_nonzero(permuted >= observed - slack)) / (replicas + 1)
    low = (1 + np.count_nonzero(permuted <= observed + slack)) / (replicas + 1)
    return float({"high": high, "low": low, "both": min(1.0, 2 * min(high, low))}[worse])


class Judged(NamedTuple):
    """A score, and its statistic in every labelling.

    Attributes:
        score: with error, null and p-value.
        statistic: of each labelling, the observed one first, larger being worse, (B+1,).
    """

    score: MultivariateScore
    statistic: Array


def judged(
    name: Name,
    pool: Pool,
    *,
    value: float,
    spread: Jackknife,
    null: Array,
    tested: Array,
    worse: Worse,
    squared: bool = False,
    how: str = BY_PERMUTATION,
) -> Judged:
    """Put a score together.

    Args:
        name: of the score.
        pool: the showers that it was computed from.
        value: of the score.
        spread: error and half width of the interval.
        null: the score's values for samples that agree, (B,).
        tested: the statistic of each labelling, the observed one first, (B+1,).
        worse: which side of the null is bad.
        squared: the score is a sum of squares; its jackknife repeats the noise.
        how: origin of the null.
    """
    low, median, high = np.quantile(null, (0.05, 0.5, 0.95))
    shrunk = _without_repeated_noise(spread, null) if squared else 1.0
    score = MultivariateScore(
        name=name.key,
        label=name.label,
        description=name.description,
        headline=name.headline,
        value=value,
        error=shrunk * spread.error,
        interval=(value - shrunk * spread.half_width, value + shrunk * spread.half_width),
        null_median=float(median),
        null_interval=(float(low), float(high)),
        null=how,
        p_value=permutation_p_value(float(tested[0]), tested[1:], worse),
        worse=worse,
        n_model=pool.n_model,
        n_reference=pool.n_reference,
        null_replicas=len(null),
    )
    return Judged(score, _oriented(tested, worse))


def judged_fraction(
    name: Name, pool: Pool, *, value: float, of_reference: float, tested: Array, how: str
) -> Judged:
    """Put a score together that is a fraction of the model's showers; a larger one is worse.

    Its interval is a binomial's. The null shown is the fraction within the reference, up to its 95 % limit
    (Clopper and Pearson).

    Args:
        name: of the score.
        pool: the showers that it was computed from.
        value: fraction of the model.
        of_reference: fraction of the reference.
        tested: the fraction of each labelling, the observed one first, (B+1,).
        how: origin of the null.
    """
    limit = binomial_limit(round(of_reference * pool.n_reference), pool.n_reference)
    error = float(np.sqrt(value * (1 - value) / pool.n_model))
    one = judged(
        name,
        pool,
        value=value,
        spread=Jackknife(0.0, error, error),
        null=tested[1:],
        tested=tested,
        worse="high",
        how=how,
    )
    return one._replace(
        score=one.score.model_copy(
            update={
                "interval": binomial_interval(value, pool.n_model),
                "null_median": of_reference,
                "null_interval": (of_reference, limit),
            }
        )
    )


def _without_repeated_noise(spread: Jackknife, null: Array) -> float:
    """Excess of the variance of a sum of squares over that of repeated experiments.

    Of the square of a difference d, known with variance t, the jackknife sees the derivative where
    the samples lie: 4 (d seen)^2 t, on average 2 t^2 more than the 2 t^2 + 4 d^2 t of the
    experiments. 2 t^2 is the variance of the null: it is taken off once, and no less is left.
    """
    if spread.error == 0:
        return 1.0
    of_null = float(null.var(ddof=1))
    left = max(spread.error**2 - of_null, min(of_null, spread.error**2))
    return float(np.sqrt(left) / spread.error)


def _oriented(tested: Array, worse: Worse) -> Array:
    """Larger is worse; what rounding leaves of samples that agree to rounding is nothing."""
    rounded: Array = np.where(np.abs(tested) < NEGLIGIBLE, 0.0, tested)
    if worse == "both":
        rounded = np.abs(rounded - np.median(rounded))
    return -rounded if worse == "low" else rounded
