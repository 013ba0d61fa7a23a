"""Scores with their errors, intervals and nulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction, Values
from calobench.evaluation.univariate.samples import Samples
from calobench.results.schema import Score
from calobench.stats.permutation import p_value, without_rounding
from calobench.stats.resampling import Replicas, as_they_are

__all__ = ["Scored", "scored", "variance"]

Array = NDArray[np.float64]

ONE_SIGMA = (0.16, 0.84)


class Scored(NamedTuple):
    """A score, and what it was in every relabelling of the samples.

    Attributes:
        score: value, error, null and p-value.
        permuted: the score of each permutation, the observed one first, (B+1,).
    """

    score: Score
    permuted: Array


def scored(
    functions: Sequence[ScoreFunction],
    samples: Samples,
    bootstrap: Replicas,
    permutations: Replicas,
) -> tuple[Scored, ...]:
    """Compute scores and what is needed to judge them.

    ``error`` is the standard deviation of the score over repeated experiments, from the bootstrap. Of a
    score that is a sum of squares the bootstrap repeats the noise: see :func:`variance`.

    ``interval`` is the basic (reflected) bootstrap interval for the score expected at these N, the
    quantity that the null is about too: value less the 84 % and 16 % quantiles of the replicas'
    deviations from their median, which are scaled as the error is. Percentiles of the replicas
    themselves would not do: the noise of drawing once more moves all of them up, often beyond the
    value. No score is negative, so that the interval ends at 0. How often it covers is measured in
    ``docs/verdict_calibration.md``.

    ``null_median`` and ``null_95`` are of the permutations, and so of the mode of comparison that is
    used, paired or not: what two samples of these sizes give that agree. A perfect model exceeds
    ``null_95`` in one of twenty runs.

    ``p_value`` is the test: the fraction of permutations, the observed one among them, with a score at
    least as large.

    Args:
        functions: the scores.
        samples: one observable in both samples.
        bootstrap: replicas drawn from both samples.
        permutations: relabellings of the two samples, the first the observed one.

    Returns:
        One per function, in their order.
    """
    once = as_they_are(len(samples.reference), len(samples.model))
    observed = [function(samples, once) for function in functions]
    # Values are exact, replicas may be coarser.
    coarse = samples.coarse()
    drawn = _values(functions, coarse, bootstrap)
    permuted = _values(functions, coarse.pooled(), permutations)
    return tuple(
        Scored(_score(function, samples, value, replicas, relabelled), without_rounding(relabelled))
        for function, value, replicas, relabelled in zip(
            functions, observed, drawn, permuted, strict=True
        )
    )


def variance(of_bootstrap: float, of_null: float, order: int) -> float:
    """The variance of a score over repeated experiments, from that of its bootstrap replicas.

    A difference d, known with variance t, is drawn again with variance t about what was seen. For the
    square of d the replicas have a variance of 2 t^2 + 4 (d seen)^2 t, on average 4 t^2 more than the
    2 t^2 + 4 d^2 t of the experiments, where 2 t^2 is the variance for d = 0, that of the null. This
    excess, two thirds of all that replicas of agreeing samples have, is taken off; less of it as the
    variance grows beyond that of the null, for sparse bins then no longer add squares. A distance, a
    root, has next to no such excess.

    Args:
        of_bootstrap: of the replicas.
        of_null: of two samples that agree.
        order: 1 for distances, 2 for sums of squares.
    """
    if order == 1 or of_bootstrap == 0:
        return of_bootstrap
    excess = 2 * of_null * min(1.0, 3 * of_null / of_bootstrap)
    return max(of_bootstrap - excess, min(of_null, of_bootstrap))


def _score(
    function: ScoreFunction,
    samples: Samples,
    observed: Values,
    replicas: Array,
    permuted: Array,
) -> Score:
    value = float(observed.value[0])
    of_bootstrap = float(replicas.var(ddof=1))
    error = variance(of_bootstrap, float(permuted[1:].var(ddof=1)), function.order) ** 0.5
    scale = error / of_bootstrap**0.5 if of_bootstrap > 0 else 1.0
    low, high = scale * (np.quantile(replicas, ONE_SIGMA) - np.median(replicas))
    return Score(
        name=function.name,
        value=value,
        error=error,
        interval=(max(0.0, float(value - high)), max(0.0, float(value - low))),
        null_median=float(np.median(permuted[1:])),
        null_95=float(np.quantile(permuted[1:], 0.95)),
        p_value=p_value(permuted),
        n_model=len(samples.model),
        n_reference=len(samples.reference),
        ndf=None if observed.ndf is None else int(observed.ndf[0]),
    )


def _values(
    functions: Sequence[ScoreFunction], samples: Samples, replicas: Replicas
) -> list[Array]:
    """Each score in all replicas."""
    blocks = [
        [function(samples, weights).value for function in functions]
        for weights in replicas.blocks()
    ]
    return [np.concatenate(values) for values in zip(*blocks, strict=True)]
