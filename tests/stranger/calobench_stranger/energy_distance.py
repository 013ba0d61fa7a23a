"""Energy distance: a score of all observables together.

2 E|X - Y| - E|X - X'| - E|Y - Y'| of showers X of the model and Y of Geant4 (Szekely and Rizzo, *Journal of
Statistical Planning and Inference* 143 (2013) 1249).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from calobench.evaluation.multivariate import (
    Comparison,
    MultivariateFunction,
    Name,
    Outcome,
    Pool,
    Task,
    judged,
)
from calobench.stats.jackknife import jackknife

__all__ = ["ENERGY_DISTANCE"]

Array = NDArray[np.float64]

NAME = Name(
    "energy_distance",
    "energy distance",
    "Mean distance of a shower of the model to one of Geant4, beyond those within the samples.",
    # In tables of several models, and a use may say how large it may be.
    headline=4,
    tolerance=True,
)


def _compute(task: Task) -> Outcome:
    samples: Comparison = task.samples
    pool, labels = samples.pool, samples.observed_first
    values = _of_labels(pool, labels)
    without = [
        _of_labels(pool[samples.groups != group], pool.is_model[None, samples.groups != group])[0]
        for group in range(int(samples.groups.max()) + 1)
    ]
    score = judged(
        NAME,
        pool,
        value=float(values[0]),
        spread=jackknife(float(values[0]), np.array(without)),
        null=values[1:],
        # In widths of both samples together, which no permutation changes.
        tested=_of_labels(samples.symmetric, labels),
        worse="high",
        squared=True,
    )
    return Outcome((score,))


def _of_labels(pool: Pool, labels: NDArray[np.bool_]) -> Array:
    """The distance in each labelling, (B,)."""
    distance = cdist(pool.features, pool.features)
    model = labels / labels.sum(axis=1, keepdims=True)
    reference = ~labels / (~labels).sum(axis=1, keepdims=True)
    difference = model - reference
    value: Array = -np.einsum("bi,ij,bj->b", difference, distance, difference, optimize=True)
    return value


ENERGY_DISTANCE = MultivariateFunction("energy_distance", _compute, names=(NAME,))
