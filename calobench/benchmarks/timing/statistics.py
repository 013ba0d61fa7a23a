"""Medians, means and ratios of times, with their errors: pure functions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

__all__ = ["MIN_ROUNDS", "Estimate", "mean", "median", "paired_fraction", "ratio", "reached"]

MIN_ROUNDS = 8
"""Rounds before an error is believed enough to stop; below, it is too uncertain itself."""

_ONE_SIGMA = 0.841344746
_REPLICAS = 200

Array = NDArray[np.float64]


class Estimate(NamedTuple):
    """A value and the half-width of its 68 % interval."""

    value: float
    error: float

    @property
    def relative(self) -> float:
        """Error over value; infinite where there is no value."""
        return self.error / abs(self.value) if self.value else float("inf")


def median(rounds: Array, rng: np.random.Generator) -> Estimate:
    """Median of all calls, with a bootstrap error that treats the calls of a round as one.

    What disturbs a machine lasts longer than a call, so that neighbouring calls are not independent:
    whole rounds are resampled (cluster bootstrap). Its variance is that of n rounds and is enlarged to
    n - 1; Student's quantile makes the interval one of 68 % for few rounds too.

    Args:
        rounds: times, (rounds, calls a round); two rounds at least.
        rng: of the bootstrap.
    """
    n = len(rounds)
    value = float(np.median(rounds))
    drawn = rounds[rng.integers(n, size=(_REPLICAS, n))].reshape(_REPLICAS, -1)
    spread = float(np.median(drawn, axis=1).std(ddof=1))
    return Estimate(value, spread * float(np.sqrt(n / (n - 1))) * _student(n))


def mean(values: Array) -> Estimate:
    """Mean of independent values, (n,), n at least 2; its error is s / sqrt(n) times Student's quantile."""
    n = len(values)
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)) * _student(n))


def ratio(above: Estimate, below: Estimate) -> Estimate:
    """``above`` over ``below``, independent of each other; relative errors add in quadrature."""
    value = above.value / below.value
    return Estimate(value, value * float(np.hypot(above.relative, below.relative)))


def paired_fraction(bare: Array, whole: Array) -> Estimate:
    """The fraction of ``whole`` that ``bare`` lacks: 1 - sum(bare) / sum(whole).

    Args:
        bare: times of n showers without something, (n,).
        whole: times of the same showers with it, (n,).

    Returns:
        The fraction; its error is the ratio estimator's, from the residuals bare - r * whole, so that
        the spread from shower to shower, which both have, drops out (Cochran, Sampling Techniques,
        section 6.4).
    """
    n = len(bare)
    r = float(bare.sum() / whole.sum())
    residual = bare - r * whole
    spread = float(np.sqrt((residual**2).sum() / (n * (n - 1))))
    return Estimate(1 - r, spread / float(whole.mean()) * _student(n))


def reached(estimate: Estimate, rounds: int, precision: float) -> bool:
    """Whether enough was measured: at least ``MIN_ROUNDS`` rounds, relative error at most ``precision``."""
    return rounds >= MIN_ROUNDS and estimate.relative <= precision


def _student(n: int) -> float:
    return float(student.ppf(_ONE_SIGMA, n - 1))
