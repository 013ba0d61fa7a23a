"""Repeated showers, as a score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.judging import Judged, Name, judged_fraction
from calobench.evaluation.multivariate.samples import Comparison
from calobench.stats.duplicates import repeated_fraction

__all__ = ["SCORES", "repeat_score"]

Indices = NDArray[np.intp]

NAME = Name(
    "repeats",
    "repeats",
    "Fraction of the model's showers whose shape another of its showers has as well, to within a "
    "hundredth of what Geant4's showers differ by.",
    tolerance=True,
)


def repeat_score(samples: Comparison, number: Indices) -> Judged:
    """Repeated showers.

    The null shown is the fraction within the reference, up to its 95 % limit (Clopper and Pearson): the
    model's own repeats would be in every permutation.

    Args:
        samples: to compare.
        number: equal for identical showers, (N,).
    """
    pool = samples.pool
    value = repeated_fraction(number, pool.is_model)
    of_reference = repeated_fraction(number, ~pool.is_model)
    permuted = np.array([repeated_fraction(number, row) for row in samples.labels])
    return judged_fraction(
        NAME,
        pool,
        value=value,
        of_reference=of_reference,
        tested=np.append(value, permuted),
        how="repeats within Geant4",
    )


def _compute(task: Task) -> Outcome:
    return Outcome((repeat_score(task.samples, task.duplicates),))


SCORES = (MultivariateFunction("repeats", _compute, order=50, names=(NAME,)),)
