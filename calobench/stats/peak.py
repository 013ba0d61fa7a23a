"""A Gaussian fitted to the core of a peak in a histogram."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

__all__ = ["MIN_COUNTS", "Peak", "fit_peak"]

Array = NDArray[np.float64]

MIN_COUNTS = 20
"""Fewer entries have no peak that could be fitted."""

_CORE = 2.0
_MIN_BINS = 4
_ROUNDS = 4
_STEP = 1e-3
_ITERATIONS = 50
_MAX_STEP, _MIN_STEP = 0.5, 1e-6


class Peak(NamedTuple):
    """Mean and standard deviation of the Gaussian, in the unit of the axis, with their errors.

    Attributes:
        mean: of the Gaussian.
        mean_error: of it.
        sigma: of the Gaussian.
        sigma_error: of it.
        core: ends of the bins that were fitted.
        counts: entries in them.
    """

    mean: float
    mean_error: float
    sigma: float
    sigma_error: float
    core: tuple[float, float]
    counts: float

    def per_bin(self, edges: Array) -> Array:
        """Entries that the Gaussian has in bins, normalised to those of its core, (K,)."""
        fractions = np.diff(ndtr((edges - self.mean) / self.sigma))
        ends = ndtr((np.array(self.core) - self.mean) / self.sigma)
        return np.asarray(self.counts * fractions / (ends[1] - ends[0]))


def fit_peak(edges: Array, counts: Array) -> Peak | None:
    """Fit a Gaussian to the bins within two standard deviations of it, by maximum likelihood.

    The likelihood is that of a Gaussian cut at both ends of the core, bin by bin, so that neither the cut
    nor the bins make it wider or narrower; the core follows the fit. Errors from the curvature of the
    likelihood.

    Args:
        edges: increasing, (K+1,).
        counts: entries of the bins, without those outside, (K,).

    Returns:
        None for fewer than 20 entries, a core of fewer than 4 bins, or where the fit does not converge.
    """
    total = counts.sum()
    if total < MIN_COUNTS:
        return None
    below = np.concatenate([[0.0], np.cumsum(counts)]) / total
    low, mean, high = np.interp((0.16, 0.5, 0.84), below, edges).tolist()
    sigma, fit = (high - low) / 2, None
    if sigma <= 0:
        return None
    for _ in range(_ROUNDS):
        first = int(np.searchsorted(edges, mean - _CORE * sigma, side="right")) - 1
        last = int(np.searchsorted(edges, mean + _CORE * sigma, side="left"))
        chosen = slice(max(first, 0), min(last, len(counts)))
        own, ends = counts[chosen], edges[chosen.start : chosen.stop + 1]
        if len(own) < _MIN_BINS or own.sum() < MIN_COUNTS / 2:
            return None
        fit = _fit(ends, own, mean, sigma)
        if fit is None:
            return None
        mean, sigma = fit.mean, fit.sigma
    return fit


def _fit(edges: Array, counts: Array, mean: float, sigma: float) -> Peak | None:
    """In units of the present mean and sigma, so that both parameters are of order one."""
    scaled = (edges - mean) / sigma

    def cost(parameters: Array) -> float:
        place, log_width = parameters
        below = ndtr((scaled - place) / np.exp(log_width))
        fractions = np.diff(below) / max(below[-1] - below[0], 1e-300)
        return float(-(counts * np.log(np.maximum(fractions, 1e-300))).sum())

    best = _minimum(cost)
    if best is None:
        return None
    curvature = _curvature(cost, best)
    # A core that is as flat as its cut has no width: the likelihood is flat too.
    if abs(best[1]) > 1 or np.linalg.eigvalsh(curvature).min() <= 0:
        return None
    errors = sigma * np.sqrt(np.diag(np.linalg.inv(curvature)))
    width = sigma * float(np.exp(best[1]))
    return Peak(
        mean + sigma * float(best[0]),
        float(errors[0]),
        width,
        float(errors[1]) * width / sigma,
        (float(edges[0]), float(edges[-1])),
        float(counts.sum()),
    )


def _minimum(cost: Callable[[Array], float]) -> Array | None:
    """Newton's method from zero, downhill where the cost bends down; None where it does not converge."""
    at, lowest = np.zeros(2), cost(np.zeros(2))
    for _ in range(_ITERATIONS):
        values, axes = np.linalg.eigh(_curvature(cost, at))
        slope = axes.T @ _slope(cost, at)
        step = -axes @ (slope / np.maximum(np.abs(values), 1e-12))
        step *= min(1.0, _MAX_STEP / max(float(np.abs(step).max()), 1e-300))
        while cost(at + step) > lowest and np.abs(step).max() > _MIN_STEP:
            step /= 2
        if np.abs(step).max() <= _MIN_STEP:
            return at
        at = at + step
        lowest = cost(at)
    return None


def _slope(cost: Callable[[Array], float], at: Array) -> Array:
    """First derivatives, by differences."""
    return np.array([cost(at + step) - cost(at - step) for step in _STEP * np.eye(2)]) / (2 * _STEP)


def _curvature(cost: Callable[[Array], float], at: Array) -> Array:
    """Second derivatives, by differences."""
    step, matrix = _STEP * np.eye(2), np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            a, b = step[i], step[j]
            around = cost(at + a + b) - cost(at + a - b) - cost(at - a + b) + cost(at - a - b)
            matrix[i, j] = around / (4 * _STEP**2)
    return matrix
