"""Whether a series repeats itself after some number of rows, whatever else changes from row to row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

__all__ = ["Lag", "repeated_lag"]

Array = NDArray[np.float64]

LEVEL = 1e-6
"""Of the largest of all lags."""
MIN_CORRELATION = 0.1
"""Correlation below which a repetition is of no concern."""
MIN_PAIRS = 20
# Directions that hardly vary are rounding of the others.
_MIN_VARIANCE = 0.02
_MAX_DIRECTIONS = 20


class Lag(NamedTuple):
    """A distance at which rows resemble each other.

    Attributes:
        rows: the distance.
        correlation: of rows at this distance, averaged over all directions.
        n: rows that have such a partner.
    """

    rows: int
    correlation: float
    n: int


def repeated_lag(values: Array) -> Lag | None:
    """The lag at which rows are most surely correlated, where they surely are.

    Columns become normal scores and are made independent of each other; the sum of their autocorrelations
    at a lag has then, for independent rows, the variance of its number of products. The p-value counts all
    lags.

    Args:
        values: one row each, in order, (N, K); what depends on known conditions is taken out before.

    Returns:
        None where no lag is sure, or there are too few rows.
    """
    unit = _independent(values)
    n, directions = unit.shape
    if directions == 0 or n < 2 * MIN_PAIRS:
        return None
    lags = np.arange(1, n - MIN_PAIRS + 1)
    spectrum = np.abs(np.fft.rfft(unit, 2 * n, axis=0)) ** 2
    products = np.fft.irfft(spectrum.sum(axis=1), 2 * n)[lags]
    terms = directions * (n - lags)
    deviates = products / np.sqrt(terms)
    best = int(deviates.argmax())
    correlation = float(products[best] / terms[best])
    if len(lags) * norm.sf(deviates[best]) > LEVEL or correlation < MIN_CORRELATION:
        return None
    rows = int(lags[best])
    return Lag(rows, correlation, min(n, 2 * (n - rows)))


def _independent(values: Array) -> Array:
    """Normal scores of the columns, turned to uncorrelated directions of variance 1, (N, D)."""
    varying = values[
        :, np.isfinite(values).all(axis=0) & (np.ptp(np.nan_to_num(values), axis=0) > 0)
    ]
    if len(varying) < 2 or varying.shape[1] == 0:
        return np.empty((len(values), 0))
    scores = norm.ppf((rankdata(varying, axis=0) - 0.5) / len(varying))
    scores /= scores.std(axis=0)
    variance, directions = np.linalg.eigh(scores.T @ scores / len(scores))
    kept = np.flatnonzero(variance > _MIN_VARIANCE)[::-1][:_MAX_DIRECTIONS]
    unit: Array = scores @ directions[:, kept] / np.sqrt(variance[kept])
    return unit
