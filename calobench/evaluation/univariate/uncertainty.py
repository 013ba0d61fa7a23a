"""Scores with their errors, intervals and nulls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction, Values
from calobench.evaluation.univariate.samples import Samples
from calobench.results.schema import Score
from calobench.stats.permutation import p_value
from calobench.stats.resampling import Replicas, as_they_are

__all__ = ["scored"]

Array = NDArray[np.float64]

ONE_SIGMA = (0.16, 0.84)


def scored(
    functions: Sequence[ScoreFunction],
    samples: Samples,
    bootstrap: Replicas,
    null: Replicas,
    permutations: Replicas,
) -> tuple[Score, ...]:
    """Compute scores and what is needed to judge them.

    ``error`` is the standard deviation of the bootstrap replicas. A score of two samples that
    agree is all noise, and replicas carry the noise of drawing once more: there the error is too
    large, by up to a factor of 1.7 for chi-square.

    ``interval`` is the basic (reflected) bootstrap interval for the score expected at these N, the
    quantity that the null is about too: value less the 84 % and 16 % quantiles of the replicas'
    deviations from their median. Percentiles of the replicas themselves would not do: the noise of
    drawing once more moves all of them up, often beyond the value. No score is negative, so that
    the interval ends at 0.

    ``null_median`` and ``null_95`` are the floor: what two samples of these sizes give that are both
    drawn from the reference. They say how large a score is and test nothing.

    ``p_value`` is the test: the share of permutations, the observed one among them, with a score at
    least as large.

    Args:
        functions: the scores.
        samples: one observable in both samples.
        bootstrap: replicas drawn from both samples.
        null: replicas of both drawn from the reference.
        permutations: exchanges of the two samples, the first none.

    Returns:
        One a function, in their order.
    """
    once = as_they_are(len(samples.reference), len(samples.model))
    observed = [function(samples, once) for function in functions]
    # Values are exact, replicas may be coarser.
    coarse = samples.coarse()
    columns = (
        _values(functions, coarse, bootstrap),
        _values(functions, coarse.null(), null),
        _values(functions, coarse.pooled(), permutations),
    )
    return tuple(
        _score(function, samples, values, *replicas)
        for function, values, *replicas in zip(functions, observed, *columns, strict=True)
    )


def _score(
    function: ScoreFunction,
    samples: Samples,
    observed: Values,
    replicas: Array,
    under_null: Array,
    permuted: Array,
) -> Score:
    value = float(observed.value[0])
    low, high = np.quantile(replicas, ONE_SIGMA) - np.median(replicas)
    return Score(
        name=function.name,
        value=value,
        error=float(replicas.std(ddof=1)),
        interval=(max(0.0, float(value - high)), float(value - low)),
        null_median=float(np.median(under_null)),
        null_95=float(np.quantile(under_null, 0.95)),
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
