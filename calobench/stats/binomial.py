"""Interval of the probability behind a count of n (Clopper and Pearson, *Biometrika* 26 (1934) 404)."""

from __future__ import annotations

from scipy.stats import beta

__all__ = ["binomial_interval", "binomial_limit"]

_ONE_SIGMA = (0.16, 0.84)


def binomial_interval(fraction: float, n: int) -> tuple[float, float]:
    """The 68 % interval.

    Args:
        fraction: of n.
        n: trials.
    """
    k = round(fraction * n)
    low = float(beta.ppf(_ONE_SIGMA[0], k, n - k + 1)) if k > 0 else 0.0
    high = float(beta.ppf(_ONE_SIGMA[1], k + 1, n - k)) if k < n else 1.0
    return low, high


def binomial_limit(count: int, n: int, level: float = 0.95) -> float:
    """The upper limit.

    Args:
        count: of n.
        n: trials.
        level: how often the probability is not above it, at least.
    """
    return float(beta.ppf(level, count + 1, n - count)) if count < n else 1.0
