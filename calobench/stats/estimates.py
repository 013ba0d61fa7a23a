"""Means, widths, slopes and correlations with their errors, for all columns at once.

Errors are those of large samples, from fourth moments and influence functions (Huber and
Ronchetti, *Robust Statistics*, 2009, chapter 1): they assume no distribution. Residuals are
limited, so that all moments exist.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimates", "correlations", "log_widths", "means", "slopes"]

Array = NDArray[np.float64]

# Two columns that are one are not infinitely correlated.
MAX_CORRELATION = 0.999
MIN_WIDTH = 1e-6


class Estimates(NamedTuple):
    """Values and standard errors, (K,) each."""

    value: Array
    error: Array


def means(residuals: Array) -> Estimates:
    """Mean of each column, (N, K) to (K,)."""
    n = len(residuals)
    return Estimates(residuals.mean(axis=0), residuals.std(axis=0, ddof=1) / np.sqrt(n))


def log_widths(residuals: Array) -> Estimates:
    """Logarithm of each column's standard deviation; its variance is (kurtosis - 1) / (4 N)."""
    n = len(residuals)
    squares = (residuals - residuals.mean(axis=0)) ** 2
    variance = np.maximum(squares.sum(axis=0) / (n - 1), MIN_WIDTH**2)
    kurtosis = (squares**2).mean(axis=0) / variance**2
    error = np.sqrt(np.maximum(kurtosis - 1, 0) / (4 * n))
    return Estimates(np.log(variance) / 2, error)


def slopes(residuals: Array, covariate: Array) -> Estimates:
    """Slope of each column against a covariate of width 1.

    The error allows the spread of the residuals to depend on the covariate (White, *Econometrica*
    48 (1980) 817).

    Args:
        residuals: (N, K).
        covariate: (N,).
    """
    x = covariate - covariate.mean()
    spread = float((x**2).sum())
    if spread == 0:
        return Estimates(np.zeros(residuals.shape[1]), np.zeros(residuals.shape[1]))
    centred = residuals - residuals.mean(axis=0)
    value = x @ centred / spread
    rest = centred - x[:, None] * value
    return Estimates(value, np.sqrt((x**2) @ rest**2) / spread)


def correlations(residuals: Array, pairs: NDArray[np.intp]) -> Estimates:
    """Fisher's arctanh of the correlation of pairs of columns.

    Its error is that of the influence function x y - rho (x^2 + y^2) / 2, which for Gaussian
    columns gives 1 / sqrt(N).

    Args:
        residuals: (N, K).
        pairs: columns of each pair, (P, 2).

    Returns:
        (P,) each; 0 for a column without spread.
    """
    n = len(residuals)
    centred = residuals - residuals.mean(axis=0)
    width = centred.std(axis=0)
    unit = centred / np.where(width > 0, width, 1.0)
    x, y = unit[:, pairs[:, 0]], unit[:, pairs[:, 1]]
    product = x * y
    rho = np.clip(product.mean(axis=0), -MAX_CORRELATION, MAX_CORRELATION)
    influence = product - rho * (x**2 + y**2) / 2
    error = influence.std(axis=0) / np.sqrt(n)
    return Estimates(np.arctanh(rho), error / (1 - rho**2))
