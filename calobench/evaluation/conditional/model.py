"""Observables at fixed incident particle: residuals of mean 0 and width 1 at any energy and angle.

Nearly every observable follows the incident energy, and many the angle. What a model does wrong
must not hide in that spread: the residuals of the reference are alike at all conditions, so that a
shift of a tenth of the resolution is a shift of a tenth everywhere. (An azimuth that wraps around is
no number on a line: its residuals are defined but their width depends on the angle.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ConditionsError
from calobench.evaluation.conditional.terms import ConditionTerms, mean_powers, width_powers
from calobench.observables.features import FeatureTable
from calobench.stats.regression import MAX_LEVERAGE, Regression, fit_mean_and_width
from calobench.stats.symmetrise import Symmetriser, symmetrisers

__all__ = ["MIN_SHOWERS", "ConditionalModel"]

Array = NDArray[np.float64]

MIN_SHOWERS = 50
"""A reference smaller than this cannot tell a dependence from chance."""

MAX_SHOWERS = 10_000
"""Of a larger reference as many, evenly spread, are fitted: they tell a mean to 1 % of the width."""

SHOWERS_FOR_SCALE = 1_000
"""So many tell whether an observable or its logarithm is closer to a Gaussian."""

MIN_GAIN = 1e-6
"""By how much ln likelihood of a logarithm must be larger than without it."""

SHOWERS_A_TERM = 4
"""An observable that is defined for fewer showers has a constant mean and width."""


@dataclass(frozen=True)
class _Fit:
    """One observable; without a regression it is a number of constant mean and width."""

    symmetriser: Symmetriser
    regression: Regression | None
    mean: float = 0.0
    width: float = 1.0


@dataclass(frozen=True)
class ConditionalModel:
    """Mean and width of every scalar observable as smooth functions of energy and angles.

    Attributes:
        mean_terms: what the means are functions of.
        width_terms: what the widths are functions of.
        fits: by name of the observable.
    """

    mean_terms: ConditionTerms
    width_terms: ConditionTerms
    fits: Mapping[str, _Fit]

    @classmethod
    def fit(cls, table: FeatureTable, *, staves: int = 0, known: Self | None = None) -> Self:
        """Fit to the reference; the same table gives the same model.

        The mean is a polynomial in ln E and cos theta (and in the azimuth within a stave), the
        width the exponential of one; the more showers, the higher the powers. An observable that is
        never negative is fitted as its logarithm where that has the larger likelihood (Box and Cox,
        *J. R. Stat. Soc.* B 26 (1964) 211): what grows like a power of the energy is then a
        polynomial in ln E, and what is skewed becomes nearly symmetric.

        Args:
            table: the reference, at least 50 showers.
            staves: sides of the barrel (``detector.staves.count``); with 0 the azimuth of the
                incident particle does not matter.
            known: fitted to these showers already: what it has of the table is taken over.

        Raises:
            ConditionsError: the table has too few showers.
        """
        n = len(table)
        if n < MIN_SHOWERS:
            raise ConditionsError(
                f"{n} reference showers cannot tell how observables depend on energy and angle; "
                f"give at least {MIN_SHOWERS}"
            )
        rows = np.linspace(0, n - 1, min(n, MAX_SHOWERS)).astype(np.intp)
        conditions = table.conditions[rows]
        mean_terms = ConditionTerms.of(conditions, mean_powers(n), staves)
        width_terms = ConditionTerms.of(conditions, width_powers(n), staves, tangents=False)
        z_mean, z_width = mean_terms(conditions), width_terms(conditions)
        done = {} if known is None else known.fits
        fits = {
            name: done[name] if name in done else _fit(values[rows], z_mean, z_width)
            for name, values in table.scalars.items()
        }
        return cls(mean_terms, width_terms, fits)

    def standardise(self, table: FeatureTable) -> dict[str, Array]:
        """Residuals (x - mean) / width of another sample than the one fitted.

        The width makes up for the errors of the fit: however few showers were fitted, residuals of
        Geant4 have width 1. The error of the mean is common to showers of like conditions.

        Args:
            table: has the observables that were fitted; others are left out.

        Returns:
            By name of the observable, (N,); NaN where it is undefined for the shower, or was for
            all of the reference. An observable that is constant in the reference has no width: its
            residual is the difference in its own unit.
        """
        return self._standardise(table, fitted=False)

    def standardise_fitted(self, table: FeatureTable) -> dict[str, Array]:
        """Residuals of the very showers that were fitted.

        A fit draws its mean towards the showers it sees. Their residuals are narrower for it, and
        are divided by as much less (internally studentised: Cook and Weisberg, *Residuals and
        Influence in Regression*, 1982, section 2.2): they have width 1 as well.

        Args:
            table: the one given to :meth:`fit`.
        """
        return self._standardise(table, fitted=True)

    def _standardise(self, table: FeatureTable, *, fitted: bool) -> dict[str, Array]:
        z_mean, z_width = self.mean_terms(table.conditions), self.width_terms(table.conditions)
        residuals = {}
        for name, fit in self.fits.items():
            y = fit.symmetriser(table.scalars[name])
            if fit.regression is None:
                residuals[name] = (y - fit.mean) / fit.width
                continue
            mean, width = fit.regression.predict(z_mean, z_width)
            own = fit.regression.mean_variance(z_mean) / width**2
            if fitted:
                width *= np.sqrt(1 - np.minimum(own, MAX_LEVERAGE))
            else:
                width *= np.sqrt(1 + own) * fit.regression.width_inflation(z_width)
            residuals[name] = (y - mean) / width
        return residuals


def _fit(values: Array, mean_terms: Array, width_terms: Array) -> _Fit:
    defined = np.isfinite(values)
    x, mean_terms, width_terms = values[defined], mean_terms[defined], width_terms[defined]
    identity = Symmetriser()
    spread = float(x.std()) if len(x) else 0.0
    if spread <= 1e-12 * np.abs(x).max(initial=0):
        mean = float(x.mean()) if len(x) else np.nan
        return _Fit(identity, None, mean)
    if len(x) < max(MIN_SHOWERS, SHOWERS_A_TERM * mean_terms.shape[1]):
        return _Fit(identity, None, float(x.mean()), spread)
    # In units of its spread: no constant of the fit depends on the observable's unit.
    scales = [one.divided_by(float(one(x).std())) for one in symmetrisers(x)]
    some = np.linspace(0, len(x) - 1, min(len(x), SHOWERS_FOR_SCALE)).astype(np.intp)
    fits, likelihoods = [], []
    for scale in scales:
        fit = fit_mean_and_width(scale(x[some]), mean_terms[some], width_terms[some])
        fits.append(fit)
        likelihoods.append(fit.log_likelihood + float(np.log(scale.slope(x[some])).sum()))
    # The logarithm only where it is better by more than rounding.
    best = int(likelihoods[-1] > likelihoods[0] + MIN_GAIN)
    if len(some) < len(x):
        fits[best] = fit_mean_and_width(scales[best](x), mean_terms, width_terms)
    return _Fit(scales[best], fits[best])
