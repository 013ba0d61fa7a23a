"""Cramer-von Mises distance: the mean squared difference of two cumulative distributions.

Anderson, *Annals of Mathematical Statistics* 33 (1962) 1148, without the factor n m / (n + m).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate import Distributions, Profiles, ScoreFunction, Values
from calobench.evaluation.univariate.samples import Weights

__all__ = ["CRAMER_VON_MISES"]

Array = NDArray[np.float64]


def _of_distributions(samples: Distributions, weights: Weights) -> Values:
    """Between 0 and 1, over the values of both samples; 1 where only one sample has any."""
    counts = samples.counts(weights)
    n, m = counts.reference_total, counts.model_total
    # Whole numbers until the division, so that equal samples give exactly 0.
    difference = counts.difference / np.maximum(n * m, 1)[:, None]
    fraction = (counts.reference + counts.model) / np.maximum(n + m, 1)[:, None]
    return Values(_or_one((difference**2 * fraction).sum(axis=1), n > 0, m > 0))


def _of_profiles(samples: Profiles, weights: Weights) -> Values:
    """Of the two mean profiles, each normalised to unit sum, over the entries of the axis."""
    means = samples.means(weights)
    cumulative, filled = [], []
    for mean in (means.reference, means.model):
        total = mean.sum(axis=1)
        cumulative.append(np.cumsum(mean, axis=1) / np.where(total > 0, total, 1)[:, None])
        filled.append(total > 0)
    return Values(_or_one(((cumulative[0] - cumulative[1]) ** 2).mean(axis=1), *filled))


def _or_one(
    distance: Array, has_reference: NDArray[np.bool_], has_model: NDArray[np.bool_]
) -> Array:
    return np.where(has_reference != has_model, 1.0, distance)


CRAMER_VON_MISES = ScoreFunction(
    "cramer_von_mises",
    _of_distributions,
    _of_profiles,
    order=2,
    title="CvM",
    description="Cramér-von Mises distance: mean squared difference of the cumulative distributions.",
    # Columns in the table of the terminal too, and a metric of the gate: less than 0.01 does not matter.
    terminal=True,
    gate=0.01,
)
