"""Fraction of the model's showers that no shower of Geant4 is like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.conditional.limits import limited
from calobench.evaluation.conditional.outliers import OutlierRule
from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.judging import Judged, Name, judged_fraction
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.observables.catalogue import all_observables

__all__ = ["SCORES", "outlier_score"]

Array = NDArray[np.float64]

NAME = Name(
    "outliers",
    "outliers",
    "Fraction of the model's showers that lie, in the main observables together at fixed energy and "
    "angle, farther out than one Gaussian shower in ten thousand million.",
    tolerance=True,
)


def outlier_score(
    samples: Comparison, names: Sequence[str], tested_names: Sequence[str]
) -> Judged | None:
    """Outliers of the model, told by the reference; for the test, by both samples together.

    Args:
        samples: to compare.
        names: of the features for values.
        tested_names: of those for tests.

    Returns:
        None where none of the main observables is among the features.
    """
    pool = samples.pool
    key, tested = (_key(all_names) for all_names in (names, tested_names))
    if not key or not tested:
        return None
    rule = OutlierRule.fit(limited(pool.features[~pool.is_model][:, key]))
    is_outlier = rule(pool.features[:, key])
    value = float(is_outlier[pool.is_model].mean())
    of_reference = float(is_outlier[~pool.is_model].mean())
    fractions = _fractions(samples.symmetric, tested, samples.observed_first)
    return judged_fraction(
        NAME,
        pool,
        value=value,
        of_reference=of_reference,
        tested=fractions,
        how="outliers within Geant4",
    )


def _fractions(pool: Pool, key: list[int], labels: NDArray[np.bool_]) -> Array:
    """Fraction of outliers in the model of each labelling, (B,)."""
    is_outlier = OutlierRule.fit(limited(pool.features[:, key]))(pool.features[:, key])
    fractions: Array = labels[:, is_outlier].sum(axis=1) / pool.n_model
    return fractions


def _key(names: Sequence[str]) -> list[int]:
    main = {observable.name for observable in all_observables() if observable.main is not None}
    return [k for k, name in enumerate(names) if name in main]


def _compute(task: Task) -> Outcome:
    score = outlier_score(task.samples, task.names, task.tested_names)
    return Outcome() if score is None else Outcome((score,))


SCORES = (MultivariateFunction("outliers", _compute, order=60, names=(NAME,)),)
