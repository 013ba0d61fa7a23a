"""Repeated showers, as a score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.judging import Judged, Name, judged
from calobench.evaluation.multivariate.samples import Comparison
from calobench.stats.binomial import binomial_interval, binomial_limit
from calobench.stats.duplicates import repeated_fraction
from calobench.stats.jackknife import Jackknife

__all__ = ["SCORES", "repeat_score"]

Indices = NDArray[np.intp]

NAME = Name(
    "repeats",
    "repeats",
    "Share of the model's showers whose shape another of its showers has as well, to within a "
    "hundredth of what Geant4's showers differ by.",
)


def repeat_score(samples: Comparison, number: Indices) -> Judged:
    """Repeated showers.

    The null shown is the share within the reference, up to its 95 % limit (Clopper and Pearson): the
    model's own repeats would be in every exchange.

    Args:
        samples: to compare.
        number: equal for identical showers, (N,).
    """
    pool = samples.pool
    value = repeated_fraction(number, pool.is_model)
    of_reference = repeated_fraction(number, ~pool.is_model)
    exchanged = np.array([repeated_fraction(number, row) for row in samples.labels])
    error = float(np.sqrt(value * (1 - value) / pool.n_model))
    repeated = round(of_reference * pool.n_reference)
    limit = binomial_limit(repeated, pool.n_reference)
    one = judged(
        NAME,
        pool,
        value=value,
        spread=Jackknife(0.0, error, error),
        null=exchanged,
        tested=np.append(value, exchanged),
        worse="high",
        how="repeats within Geant4",
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


def _compute(task: Task) -> Outcome:
    return Outcome((repeat_score(task.samples, task.duplicates),))


SCORES = (MultivariateFunction("repeats", _compute, order=50),)
