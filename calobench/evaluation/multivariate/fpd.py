"""Frechet distance of two samples, as a score.

Formula: |mu_1 - mu_2|^2 + Tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2)), with means and covariances of the features
(Kansal et al., arXiv:2211.10295).

Pitfalls: it sees means and covariances and no higher moments: two samples may differ and have an FPD of 0.
The plain value is biased upwards, the more the fewer showers and the more features; here the bias is
extrapolated away, so that it can be below 0. Values are comparable only with the same features, the same
normalisation and the same reference.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.base import Distance, MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.frechet import frechet_of, frechet_of_labels, frechet_without
from calobench.evaluation.multivariate.judging import Judged, Name, judged
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.stats.jackknife import jackknife

__all__ = ["SCORES", "frechet_score"]

NAME = Name(
    "fpd",
    "FPD",
    "Frechet distance of the Gaussians fitted to the features, squared; the bias of finite samples "
    "is extrapolated away.",
    headline=2,
    tolerance=True,
)

# Permutations whose bias is extrapolated too; their mean is that of all.
BIASES = 10


def frechet_score(samples: Comparison) -> Judged:
    """FPD less its bias.

    The p-value compares plain distances, for which any bias is the same in all permutations. The
    null shown is that of the permutations less their bias, which some of them measure for all.

    Args:
        samples: to compare.
    """
    pool, groups, labels = samples.pool, samples.groups, samples.labels
    plain = frechet_of(pool.features, pool.is_model)
    spread = jackknife(plain, frechet_without(pool, groups))
    null = frechet_of_labels(pool.features, labels)
    biases = [
        jackknife(value, frechet_without(replace(pool, is_model=row), groups)).bias
        for value, row in zip(null[:BIASES], labels[:BIASES], strict=True)
    ]
    return judged(
        NAME,
        pool,
        value=plain - spread.bias,
        spread=spread,
        null=null - np.mean(biases),
        tested=frechet_of_labels(samples.symmetric.features, samples.observed_first),
        worse="high",
        squared=True,
    )


def _compute(task: Task) -> Outcome:
    return Outcome((frechet_score(task.samples),))


def _distance(pool: Pool, groups: NDArray[np.intp]) -> Distance:
    plain, without = frechet_of(pool.features, pool.is_model), frechet_without(pool, groups)
    return Distance(plain, without, jackknife(plain, without).bias)


SCORES = (MultivariateFunction("fpd", _compute, order=10, names=(NAME,), distance=_distance),)
