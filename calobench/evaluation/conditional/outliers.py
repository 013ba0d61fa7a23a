"""Showers that no Geant4 shower is like: a few of them shift no mean and widen no distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

__all__ = ["OutlierRule"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

RARITY = 1e-10
"""Probability of an outlier if residuals were Gaussian. Their tails are longer: of real Geant4 showers
0 to 1 in a thousand are beyond (4 in ODD; 2,000 showers of each of five detectors)."""

# What a direction of the residuals varies by at the least, as a part of what it varies by on average.
_NARROWEST = 1e-3


@dataclass(frozen=True)
class OutlierRule:
    """Squared Mahalanobis distance of a few residuals to the reference, with a limit.

    Together they tell more than one by one: fewer cells and less energy are a fluctuation, less
    energy in as many cells is a fault.

    Attributes:
        centre: mean of the reference, (K,).
        whitening: from residuals to uncorrelated numbers of width 1, (K, K).
        limit: of the squared distance.
    """

    centre: Array
    whitening: Array
    limit: float

    @classmethod
    def fit(cls, residuals: Array) -> Self:
        """Fit to residuals of the reference that end somewhere, (N, K), N at least 2."""
        columns = residuals.shape[1]
        centre = residuals.mean(axis=0)
        covariance = np.atleast_2d(np.cov(residuals, rowvar=False)) if columns else np.empty((0, 0))
        variance, directions = np.linalg.eigh(covariance)
        least = _NARROWEST * float(variance.mean()) if columns else 0.0
        width = np.sqrt(np.maximum(variance, max(least, np.finfo(float).tiny)))
        limit = float(chi2.isf(RARITY, columns)) if columns else np.inf
        return cls(centre, directions / width, limit)

    def distance(self, residuals: Array) -> Array:
        """Squared distance of showers; infinite where a residual is undefined, (N, K) to (N,)."""
        known = np.asarray(np.isfinite(residuals).all(axis=1))
        whitened = (np.where(known[:, None], residuals, self.centre) - self.centre) @ self.whitening
        return np.where(known, (whitened**2).sum(axis=1), np.inf)

    def __call__(self, residuals: Array) -> Flags:
        """True for showers that are outliers, (N,)."""
        return self.distance(residuals) > self.limit
