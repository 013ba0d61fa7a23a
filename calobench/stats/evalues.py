"""Wealth of bets against the hypothesis that nothing changed: evidence that may be looked at at any time.

An e-process is at most 1 on average under the hypothesis, at whatever time one stops: it exceeds 1 / alpha
ever with a probability of at most alpha (Ville; Ramdas, Grünwald, Vovk and Shafer, *Statistical Science* 38
(2023) 576). An average of e-processes is one. All functions return natural
logarithms; those on changes and fractions take arrays, (...) each, too.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, xlogy

__all__ = ["log_e_change", "log_e_excess", "log_e_fractions", "log_e_of_p_value", "log_mean"]

Array = NDArray[np.float64]
Numbers = float | Array

# A fraction is 1 % on average before anything was counted.
_PRIOR = (0.5, 50.0)

# What is bet on where something is next to impossible.
_BET_FRACTION = 1e-3

_MIN_P = 1e-300


def log_e_change(
    square: Numbers, components: int | Array, variance: Numbers, bet: Numbers
) -> Array:
    """Log e-value for a difference of Gaussian numbers between a fixed sample and one that grows.

    Likelihood ratio of a change that is Gaussian with standard deviation ``bet`` in each component, over
    none. Only the difference of the two samples enters, whose distribution does not depend on the unknown
    common value, and the variance holds the error of the fixed sample, which never averages out: however
    many showers are added, the ratio stays finite (mixture of invariant likelihood ratios: Robbins, *Annals
    of Mathematical Statistics* 41 (1970) 1397).

    Args:
        square: of the difference, in units of its standard deviation, summed over the components.
        components: how many.
        variance: of the difference in one component, from both samples.
        bet: standard deviation of the change that is bet on, in the same unit.
    """
    ratio = np.square(bet) / np.asarray(variance)
    return np.asarray(0.5 * (square * ratio / (1 + ratio) - components * np.log1p(ratio)))


def log_e_fractions(count: int | Array, n: int, fixed_count: int | Array, n_fixed: int) -> Array:
    """Log e-value for a property that is more or less frequent in a growing sample than in a fixed one.

    Probability of both samples with a fraction of its own each (from one prior) over that with the best
    common fraction: at most the ratio to the true one (universal inference: Wasserman, Ramdas and
    Balakrishnan, *PNAS* 117 (2020) 16880).

    Args:
        count: in the sample that grows.
        n: its size.
        fixed_count: in the fixed sample.
        n_fixed: its size.
    """
    apart = _log_beta_binomial(count, n) + _log_beta_binomial(fixed_count, n_fixed)
    return apart - _log_best(count + fixed_count, n + n_fixed)


def log_e_excess(count: int, n: int, fraction: float) -> float:
    """Log e-value for a property that is more frequent than a known fraction, below 1e-3, allows.

    Args:
        count: in a sample that grows.
        n: its size.
        fraction: that is allowed, above 0.
    """
    bet = max(_BET_FRACTION, fraction)
    return count * math.log(bet / fraction) + (n - count) * math.log((1 - bet) / (1 - fraction))


def log_e_of_p_value(p_value: float) -> float:
    """Evidence of a test that is done once, p^(-1/2) / 2 (Vovk and Wang, *Ann. Stat.* 49 (2021) 1736)."""
    return -0.5 * math.log(max(p_value, _MIN_P)) - math.log(2)


def log_mean(logs: list[float], weights: list[float]) -> float:
    """Logarithm of the sum of weight times exp(log); minus infinity of nothing."""
    terms = [x + math.log(w) for x, w in zip(logs, weights, strict=True) if w > 0]
    if not terms:
        return -math.inf
    largest = max(terms)
    return largest + math.log(sum(math.exp(term - largest) for term in terms))


def _log_beta_binomial(count: int | Array, n: int) -> Array:
    """Of one order of successes and failures."""
    a, b = _PRIOR
    return np.asarray(betaln(a + count, b + n - count) - betaln(a, b))


def _log_best(count: int | Array, n: int) -> Array:
    fraction = np.asarray(count) / n
    return np.asarray(n * (xlogy(fraction, fraction) + xlogy(1 - fraction, 1 - fraction)))
