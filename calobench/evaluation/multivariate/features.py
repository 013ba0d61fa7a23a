"""The matrix that multivariate scores work on: one row per shower, one standardised column per feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ConditionsError
from calobench.evaluation.conditional.residuals import Residuals, standardised
from calobench.showers import Conditions

__all__ = ["BOUND", "FeatureMatrices", "columns_of", "feature_matrices"]

Array = NDArray[np.float64]

BOUND = 10.0
"""Features end at this many widths from zero: one shower far out must not decide a distance."""

DECIMALS = 9
"""Of the features: more than any difference of showers, less than rounding."""


@dataclass(frozen=True)
class FeatureMatrices:
    """Standardised features of both samples.

    Attributes:
        names: of the features, the conditions first, (d,).
        reference: (N_ref, d).
        model: (N_model, d).
    """

    names: tuple[str, ...]
    reference: Array
    model: Array


def feature_matrices(
    reference: Conditions, model: Conditions, observables: Residuals
) -> FeatureMatrices:
    """Incident energy and theta, and every observable that is a number at fixed incident particle.

    The conditions are features too, so that a model that does not follow them differs even where
    every observable alone agrees. An undefined observable (of a shower without visible energy) lies at
    the lower bound; columns that are constant in both samples are left out.

    Args:
        reference: conditions of the reference's showers.
        model: of the model's.
        observables: of both.

    Raises:
        ConditionsError: nothing varies.
    """
    # The same standardisation for all: conditions agree, and either sample could have given it.
    conditions = {
        "incident_energy": (np.log(reference.energy), np.log(model.energy)),
        "incident_theta": (reference.theta, model.theta),
    }
    columns = {
        **{name: _of_both(*pair) for name, pair in conditions.items()},
        **{
            name: (values, observables.model[name])
            for name, values in observables.reference.items()
        },
    }
    return columns_of(columns)


def columns_of(columns: dict[str, tuple[Array, Array]]) -> FeatureMatrices:
    """Bound columns, and put those together that vary.

    Columns are rounded to a billionth of a width: classifiers and neighbours look at the order of
    values, and values that are equal but for rounding have none.

    Args:
        columns: of the reference and of the model, by name, (N_ref,) and (N_model,); NaN where undefined.

    Raises:
        ConditionsError: nothing varies.
    """
    bounded = {
        name: (_bounded(of_reference), _bounded(of_model))
        for name, (of_reference, of_model) in columns.items()
    }
    kept = {name: pair for name, pair in bounded.items() if np.ptp(np.concatenate(pair)) > 0}
    if not kept:
        raise ConditionsError(
            "all showers of both samples are alike in every observable; give showers that differ"
        )
    left, right = zip(*kept.values(), strict=True)
    return FeatureMatrices(tuple(kept), np.stack(left, axis=1), np.stack(right, axis=1))


def _of_both(reference: Array, model: Array) -> tuple[Array, Array]:
    both = np.concatenate([reference, model])
    scaled, _ = standardised(both, both)
    return scaled[: len(reference)], scaled[len(reference) :]


def _bounded(values: Array) -> Array:
    bounded = np.nan_to_num(np.clip(values, -BOUND, BOUND), nan=-BOUND)
    return np.asarray(np.round(bounded, DECIMALS), np.float64)
