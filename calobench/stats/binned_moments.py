"""Means and spreads in bins, for many observables at once, and the differences of two samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MIN_SHOWERS", "Moments", "kurtosis", "moments_in_bins", "shifts", "widths"]

Array = NDArray[np.float64]

MIN_SHOWERS = 5

# Residuals of a spread below this are those of an observable that does not vary.
NO_SPREAD = 1e-9


class Moments(NamedTuple):
    """Of the defined values of K observables in B bins, (B, K) each; NaN with fewer than 5."""

    n: Array
    mean: Array
    spread: Array

    @property
    def mean_error(self) -> Array:
        """Standard error of the mean."""
        error: Array = self.spread / np.sqrt(self.n)
        return error


def moments_in_bins(rows: Array, index: NDArray[np.intp], bins: int) -> Moments:
    """Moments of the rows of each bin.

    Args:
        rows: (N, K), NaN where undefined.
        index: bin of each row, (N,).
        bins: how many, B.
    """
    of_bins = [_moments_of(rows[index == b]) for b in range(bins)]
    return Moments(*(np.stack(rows) for rows in zip(*of_bins, strict=True)))


def _moments_of(rows: Array) -> tuple[Array, Array, Array]:
    """Number, mean and spread of the defined values, (K,) each."""
    defined = np.isfinite(rows)
    n = defined.sum(axis=0)
    divisor = np.where(n >= MIN_SHOWERS, n, np.nan)
    mean = np.where(defined, rows, 0).sum(axis=0) / divisor
    squares = np.where(defined, (rows - mean) ** 2, 0)
    return divisor, mean, np.sqrt(squares.sum(axis=0) / (divisor - 1))


def kurtosis(rows: Array) -> Array:
    """Fourth moment over the squared variance of the defined values, (K,)."""
    defined = np.isfinite(rows)
    n = np.maximum(defined.sum(axis=0), 1)
    mean = np.where(defined, rows, 0).sum(axis=0) / n
    squares = np.where(defined, (rows - mean) ** 2, 0)
    variance = squares.sum(axis=0) / n
    fourth = np.einsum("nk,nk->k", squares, squares) / n
    value: Array = np.divide(fourth, variance**2, out=np.full(len(n), 3.0), where=variance > 0)
    return value


def shifts(sample: Moments, reference: Moments) -> tuple[Array, Array]:
    """Difference of the means and its error; NaN where neither sample varies."""
    error = np.hypot(sample.mean_error, reference.mean_error)
    varies = error > NO_SPREAD
    return (
        np.where(varies, sample.mean - reference.mean, np.nan),
        np.where(varies, error, np.nan),
    )


def widths(
    sample: Moments, sample_kurtosis: Array, reference: Moments, reference_kurtosis: Array
) -> tuple[Array, Array]:
    """Ln of the ratio of the spreads and its error; NaN where a sample does not vary."""
    sample_log, sample_variance = _log_spread(sample, sample_kurtosis)
    reference_log, reference_variance = _log_spread(reference, reference_kurtosis)
    varies = np.isfinite(sample_log) & np.isfinite(reference_log)
    error = np.sqrt(sample_variance + reference_variance)
    return np.where(varies, sample_log - reference_log, np.nan), np.where(varies, error, np.nan)


def _log_spread(moments: Moments, kurtosis: Array) -> tuple[Array, Array]:
    """Ln of the spread, and the variance of that.

    The variance of s^2 is s^4 (kurtosis - (n - 3) / (n - 1)) / n. The kurtosis is that of all
    showers: of the few of a bin it would be too uncertain.
    """
    n = moments.n
    variance = np.maximum(kurtosis - (n - 3) / (n - 1), 0) / n / 4
    log_spread = np.log(np.where(moments.spread > NO_SPREAD, moments.spread, np.nan))
    # Ln s is too small by its own variance: for Gaussian values by 1 / (2 n).
    return log_spread + variance, variance
