"""Regression of a number whose mean and width both depend on the conditions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_LEVERAGE", "Regression", "fit_mean_and_width"]

Array = NDArray[np.float64]

ITERATIONS = 30
CONVERGED = 1e-5

# One prior observation, in effect: the logarithm of the variance varies by about 1 along a term.
PRIOR_WEIGHT = 1.0

# A width is at least this part of the overall one: where all showers of the fit agree by chance, or
# count nothing, another shower must not be thousands of widths off.
NARROWEST = 0.05

# A shower that fixes its own mean has no say about the width.
MAX_LEVERAGE = 0.9


class Regression(NamedTuple):
    """mean = m0 + terms . m and ln(variance) = v0 + terms . v.

    Attributes:
        mean: m0 and m, (1+K,).
        log_variance: v0 and v, (1+L,).
        least_variance: lower bound of the variance.
        covariance: of ``mean``, (1+K, 1+K).
        log_variance_covariance: of ``log_variance``, for Gaussian y, (1+L, 1+L).
        log_likelihood: Gaussian, at the best fit, without the prior.
    """

    mean: Array
    log_variance: Array
    least_variance: float
    covariance: Array
    log_variance_covariance: Array
    log_likelihood: float

    def predict(self, mean_terms: Array, width_terms: Array) -> tuple[Array, Array]:
        """Mean and standard deviation at other terms, each (N,)."""
        mean: Array = _with_one(mean_terms) @ self.mean
        variance = np.exp(_with_one(width_terms) @ self.log_variance)
        return mean, np.sqrt(np.maximum(variance, self.least_variance))

    def mean_variance(self, mean_terms: Array) -> Array:
        """Square of the error of the predicted mean, (N,)."""
        return _form(_with_one(mean_terms), self.covariance)

    def width_inflation(self, width_terms: Array) -> Array:
        """By how much the pulls of new showers are too wide for the error of ln variance, (N,).

        One over a variance that is known to a factor exp(+-d) is too large by exp(d^2 / 2).
        """
        squares = _form(_with_one(width_terms), self.log_variance_covariance)
        return np.exp(np.minimum(squares, 1) / 4)


def fit_mean_and_width(y: Array, mean_terms: Array, width_terms: Array) -> Regression:
    """Weighted least squares for the mean, maximum likelihood for the logarithm of the variance.

    The two are iterated (Harvey, *Econometrica* 44 (1976) 461; Aitkin, *Applied Statistics* 36
    (1987) 332). A squared residual is divided by one minus the leverage of its shower, so that the
    terms of the mean do not make the width too small. At the best fit the squared pulls average to 1
    and are uncorrelated with every term of the width (up to one observation of prior).

    Args:
        y: finite, not all the same, (N,).
        mean_terms: of mean 0 and width 1, (N, K), K + 1 < N.
        width_terms: likewise, (N, L).
    """
    basis, shape = _with_one(mean_terms), _with_one(width_terms)
    penalty = np.diag([0.0, *[PRIOR_WEIGHT] * (shape.shape[1] - 1)])
    information = shape.T @ shape / 2 + penalty
    log_variance = np.zeros(shape.shape[1])
    log_variance[0] = np.log(y.var())
    least = NARROWEST**2 * _residual_variance(y, basis)
    for _ in range(ITERATIONS):
        variance = np.maximum(np.exp(shape @ log_variance), least)
        mean, covariance = _weighted_least_squares(y, basis, variance)
        squares = (y - basis @ mean) ** 2 / variance
        own = _form(basis, covariance) / variance
        excess = squares / (1 - np.minimum(own, MAX_LEVERAGE)) - 1
        step = np.linalg.solve(information, shape.T @ excess / 2 - penalty @ log_variance)
        # Far from the best fit a step overshoots: no variance changes by more than e at once.
        step /= max(1.0, float(np.abs(shape @ step).max()))
        log_variance = log_variance + step
        if np.abs(step).max() < CONVERGED:
            break
    variance = np.maximum(np.exp(shape @ log_variance), least)
    mean, covariance = _weighted_least_squares(y, basis, variance)
    squares = (y - basis @ mean) ** 2 / variance
    log_likelihood = -0.5 * float((np.log(2 * np.pi * variance) + squares).sum())
    of_width = np.asarray(np.linalg.inv(information), np.float64)
    return Regression(mean, log_variance, least, covariance, of_width, log_likelihood)


def _with_one(terms: Array) -> Array:
    return np.concatenate([np.ones((len(terms), 1)), terms], axis=1)


def _weighted_least_squares(y: Array, basis: Array, variance: Array) -> tuple[Array, Array]:
    weighted = basis / variance[:, None]
    covariance = np.asarray(np.linalg.pinv(basis.T @ weighted, hermitian=True), np.float64)
    mean: Array = covariance @ (weighted.T @ y)
    return mean, covariance


def _form(basis: Array, covariance: Array) -> Array:
    """Quadratic form x . covariance . x of each row x, (N,)."""
    form: Array = np.einsum("nk,nk->n", basis @ covariance, basis)
    return form


def _residual_variance(y: Array, basis: Array) -> float:
    mean, _ = _weighted_least_squares(y, basis, np.ones(len(y)))
    # A number that is a smooth function of the conditions leaves rounding; its width is not 0.
    return max(float(np.mean((y - basis @ mean) ** 2)), 1e-18 * float(np.mean(y**2)))
