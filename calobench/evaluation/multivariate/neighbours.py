"""Precision, recall, density and coverage, as scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.judging import Judged, Name, Worse, judged
from calobench.evaluation.multivariate.prdc import list_length, prdc, prdc_of_lists
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.stats.jackknife import jackknife
from calobench.stats.neighbours import neighbour_lists

__all__ = ["SCORES", "neighbour_scores"]

NAMES: dict[Name, Worse] = {
    Name(
        "precision",
        "precision",
        "Fraction of the model's showers within the ball of a Geant4 shower that reaches to its fifth "
        "nearest Geant4 shower.",
    ): "low",
    Name(
        "recall", "recall", "Fraction of the Geant4 showers within such a ball of a model's shower."
    ): "low",
    Name(
        "density", "density", "Mean number of such Geant4 balls around a model's shower, over five."
    ): "both",
    Name(
        "coverage", "coverage", "Fraction of the Geant4 balls with a model's shower in them."
    ): "low",
}


def neighbour_scores(samples: Comparison) -> tuple[Judged, ...]:
    """Precision, recall, density and coverage.

    Args:
        samples: to compare.
    """
    pool, groups = samples.pool, samples.groups
    exact = prdc(pool.features[~pool.is_model], pool.features[pool.is_model])
    lists = _lists(pool)
    observed = np.array(prdc_of_lists(lists, pool.is_model))
    null = np.array([prdc_of_lists(lists, row) for row in samples.labels])
    without = np.array(
        [prdc_of_lists(lists, pool.is_model, groups != k) for k in range(int(groups.max()) + 1)]
    )
    if samples.symmetric is not pool:
        lists = _lists(samples.symmetric)
    tested = np.array([prdc_of_lists(lists, row) for row in samples.observed_first])
    scores = []
    for i, (name, worse) in enumerate(NAMES.items()):
        one = judged(
            name,
            pool,
            value=exact[i],
            spread=jackknife(float(observed[i]), without[:, i]),
            null=null[:, i],
            tested=tested[:, i],
            worse=worse,
        )
        # A density may exceed 1, a fraction may not.
        low, high = one.score.interval
        ends = max(0.0, low), high if name.key == "density" else min(1.0, high)
        scores.append(one._replace(score=one.score.model_copy(update={"interval": ends})))
    return tuple(scores)


def _lists(pool: Pool) -> NDArray[np.int32]:
    return neighbour_lists(pool.features, list_length(pool.n_reference, pool.n_model))


def _compute(task: Task) -> Outcome:
    return Outcome(neighbour_scores(task.samples))


SCORES = (MultivariateFunction("neighbours", _compute, order=40, names=tuple(NAMES)),)
