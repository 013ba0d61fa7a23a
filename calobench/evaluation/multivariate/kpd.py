"""Kernel distance of two samples, as a score.

Formula: the unbiased squared maximum mean discrepancy with the kernel (x.y / d + 1)^4 of d features (Kansal
et al., arXiv:2211.10295).

Pitfalls: the fourth power gives few outlying showers much weight, so that its error is large; the unbiased
value can be below 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.base import Distance, MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.judging import Judged, Name, judged
from calobench.evaluation.multivariate.kernel import SCALE, kernel_distances
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.stats.jackknife import jackknife

__all__ = ["SCORES", "kernel_score"]

NAME = Name(
    "kpd",
    "KPD",
    "Unbiased squared maximum mean discrepancy with a polynomial kernel of degree 4; zero on average "
    "for samples that agree.",
    headline=3,
    tolerance=True,
)


def kernel_score(samples: Comparison, scale: float = SCALE) -> Judged:
    """KPD, as it is: unbiased, and negative half of the time where samples agree.

    Args:
        samples: to compare.
        scale: how much of a feature counts as one in the kernel.
    """
    labels, groups = samples.observed_first, samples.groups
    distances = kernel_distances(samples.pool, labels, groups, scale)
    tested = kernel_distances(samples.symmetric, labels, groups, scale).of_labels
    value = float(distances.of_labels[0])
    return judged(
        NAME,
        samples.pool,
        value=value,
        spread=jackknife(value, distances.without),
        null=distances.of_labels[1:],
        tested=tested,
        worse="high",
        squared=True,
    )


def _compute(task: Task) -> Outcome:
    return Outcome((kernel_score(task.samples),))


def _distance(pool: Pool, groups: NDArray[np.intp]) -> Distance:
    distances = kernel_distances(pool, pool.is_model[None], groups)
    return Distance(float(distances.of_labels[0]), distances.without)


SCORES = (MultivariateFunction("kpd", _compute, order=20, names=(NAME,), distance=_distance),)
