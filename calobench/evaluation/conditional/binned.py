"""Every scalar observable in bins of energy and angle: means, spreads, and how far the model is off.

Within a bin an observable still follows the incident energy. Shifts and widths are therefore those
of residuals at fixed conditions (:mod:`calobench.evaluation.conditional.model`): a shift of 0.1 is a
tenth of the spread that showers of one energy and direction have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.conditional.bins import ConditionAxis
from calobench.evaluation.conditional.model import ConditionalModel
from calobench.observables.features import FeatureTable
from calobench.results.rounding import rounded
from calobench.results.sample import BinnedObservable, ConditionBins
from calobench.stats.binned_moments import kurtosis, moments_in_bins, shifts, widths

__all__ = ["Residuals", "binned", "columns", "inclusive"]

Array = NDArray[np.float64]


class Residuals(NamedTuple):
    """Residuals of all K observables at fixed conditions.

    Attributes:
        names: of the observables.
        model: (N_model, K).
        reference: as if the fit had not seen them: less the same mean as the model's, (N_ref, K).
        reference_spread: corrected for the fit having seen them, for widths, (N_ref, K).
        model_kurtosis: of the model's residuals, (K,).
        reference_kurtosis: of ``reference_spread``, (K,).
    """

    names: tuple[str, ...]
    model: Array
    reference: Array
    reference_spread: Array
    model_kurtosis: Array
    reference_kurtosis: Array

    @classmethod
    def of(
        cls, reference: FeatureTable, model: FeatureTable, conditional: ConditionalModel
    ) -> Residuals:
        """Residuals of both samples.

        Args:
            reference: the showers that ``conditional`` was fitted to.
            model: the model's, with the same observables.
            conditional: what the observables do at fixed conditions.
        """
        names = tuple(conditional.fits)
        of_model = columns(conditional.standardise(model), names)
        of_fitted = columns(conditional.standardise_fitted(reference), names)
        of_reference = columns(conditional.standardise(reference), names)
        return cls(
            names, of_model, of_reference, of_fitted, kurtosis(of_model), kurtosis(of_fitted)
        )

    def select(self, rows: Array, names: Sequence[str]) -> Array:
        """Some columns of one of the arrays, (N, len(names))."""
        return rows[:, [self.names.index(name) for name in names]]


def columns(values: Mapping[str, Array], names: Sequence[str]) -> Array:
    """Numbers side by side, (N, K)."""
    return np.stack([values[name] for name in names], axis=1)


def inclusive(reference: FeatureTable, model: FeatureTable, residuals: Residuals) -> ConditionBins:
    """All showers as one bin."""
    everything = ConditionAxis("all", "all showers", "", np.zeros(0))
    return binned(everything, reference, model, residuals)


def binned(
    axis: ConditionAxis, reference: FeatureTable, model: FeatureTable, residuals: Residuals
) -> ConditionBins:
    """Both samples in the bins of one condition.

    Args:
        axis: the bins.
        reference: the reference.
        model: the model's showers.
        residuals: of these two.
    """
    bins = axis.bins
    of_reference, of_model = axis.index(reference.conditions), axis.index(model.conditions)
    model_moments = moments_in_bins(columns(model.scalars, residuals.names), of_model, bins)
    reference_moments = moments_in_bins(
        columns(reference.scalars, residuals.names), of_reference, bins
    )
    residual = moments_in_bins(residuals.model, of_model, bins)
    # What the fit does not know of the mean cancels in this difference.
    shift, shift_error = shifts(residual, moments_in_bins(residuals.reference, of_reference, bins))
    width, width_error = widths(
        residual,
        residuals.model_kurtosis,
        moments_in_bins(residuals.reference_spread, of_reference, bins),
        residuals.reference_kurtosis,
    )
    return ConditionBins(
        name=axis.name,
        label=axis.label,
        unit=axis.unit,
        log=axis.log,
        edges=tuple(axis.edges.tolist()),
        n_reference=tuple(np.bincount(of_reference, minlength=bins).tolist()),
        n_model=tuple(np.bincount(of_model, minlength=bins).tolist()),
        observables=tuple(
            BinnedObservable(
                name=name,
                reference_mean=rounded(reference_moments.mean[:, k]),
                reference_mean_error=rounded(reference_moments.mean_error[:, k], 3),
                reference_spread=rounded(reference_moments.spread[:, k]),
                model_mean=rounded(model_moments.mean[:, k]),
                model_mean_error=rounded(model_moments.mean_error[:, k], 3),
                model_spread=rounded(model_moments.spread[:, k]),
                shift=rounded(shift[:, k], 3),
                shift_error=rounded(shift_error[:, k], 3),
                log_width_ratio=rounded(width[:, k], 3),
                log_width_ratio_error=rounded(width_error[:, k], 3),
            )
            for k, name in enumerate(residuals.names)
        ),
    )
