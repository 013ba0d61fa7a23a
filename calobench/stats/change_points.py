"""Change points of a sequence of measurements with known errors: from which one on is the mean another?

The statistic is the largest of all standardised differences between the weighted means before and after a
point (max-CUSUM; Page, *Biometrika* 41 (1954) 100; Hawkins, *JASA* 72 (1977) 180). It is held against
sequences without a change, twice: simulated ones with the errors as they are stated, and the sequence itself
in other orders, there over the scatter of neighbours (von Neumann, *Ann. Math. Stat.* 12 (1941) 367), which
takes nothing for granted about the size of the errors or their distribution. The
larger of both p-values counts, so that the test keeps its level where either holds. Errors that are too
large, as of runs that share one reference, make it cautious; errors that are too small, and outliers, do not
make false alarms. Few values have few orders: a change in the very last of them cannot be told.

How often it is wrong, and what it finds, is measured: ``docs/history_calibration.md``.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MIN_RUNS",
    "ChangePoint",
    "Cusum",
    "change_points",
    "cusum",
    "known_p_values",
    "noise_of",
    "permutation_p_value",
]

MIN_RUNS = 6
"""Fewer values have too few orders."""

# Simulated sequences, and orders: p-values go down to 1 in 5,000.
_REPLICAS = 4999
_SEED = 1954
# A p-value of so many orders that is above this is not small: levels are a hundredth at most.
_FEW, _NOTHING = 499, 0.05

Array = NDArray[np.float64]


class ChangePoint(NamedTuple):
    """A change of the mean.

    Attributes:
        first: the first value after it.
        start: of the first value of the stretch that was tested.
        stop: after the last one.
        p_value: that chance makes a change as clear anywhere in the stretch.
        before: weighted mean from ``start`` to ``first``, and its error.
        after: likewise from ``first`` to ``stop``.
    """

    first: int
    start: int
    stop: int
    p_value: float
    before: tuple[float, float]
    after: tuple[float, float]


class Cusum(NamedTuple):
    """The statistic of sequences, one per row.

    Attributes:
        largest: largest standardised difference of means, (B,).
        first: the first value after it, (B,).
    """

    largest: Array
    first: NDArray[np.intp]


def cusum(values: Array, errors: Array) -> Cusum:
    """The largest difference of means in each sequence.

    Args:
        values: measurements in order of time, (B, n).
        errors: their standard deviations, (n,), above zero.
    """
    weights = errors**-2.0
    total = weights.cumsum()
    before, after = total[:-1], total[-1] - total[:-1]
    sums = (values * weights).cumsum(axis=1)
    difference = sums[:, :-1] / before - (sums[:, -1:] - sums[:, :-1]) / after
    size = np.abs(difference) / np.sqrt(1 / before + 1 / after)
    index = size.argmax(axis=1)
    return Cusum(np.take_along_axis(size, index[:, None], axis=1)[:, 0], index + 1)


def known_p_values(largest: Array, errors: Array, noise: Array) -> Array:
    """Probability that chance gives as much if the errors are right, (K,).

    Args:
        largest: statistics of sequences, (K,).
        errors: of their values, (n,).
        noise: standard normal numbers, (B, at least n).
    """
    null = np.sort(cusum(noise[:, : len(errors)] * errors, errors).largest)
    above = len(null) - np.searchsorted(null, largest, side="left")
    result: Array = (1 + above) / (1 + len(null))
    return result


def permutation_p_value(values: Array, errors: Array, noise: Array) -> float:
    """Probability that another order of the values gives as much, beside the scatter of neighbours.

    Pulls from the mean, each in its own error, are what is put in another order. A change makes few
    neighbours differ, and all other orders of the same values make many: with their scatter as the measure,
    one change does not hide another.

    Args:
        values: of one sequence, (n,).
        errors: of them, (n,).
        noise: normal numbers, (B, at least n), whose ranks are the orders.
    """
    mean = _mean(values, errors)[0]
    pulls = (values - mean) / errors
    own = _over_neighbours(values[None, :] - mean, errors)[0]
    p_value = 1.0
    for replicas in (_FEW, len(noise)):
        orders = noise[:replicas, : len(values)].argsort(axis=1)
        others = _over_neighbours(pulls[orders] * errors, errors)
        # The same values in another order may differ in the last bit.
        above = int((others >= own * (1 - 1e-12)).sum())
        p_value = (1 + above) / (1 + replicas)
        if p_value > _NOTHING:
            break
    return p_value


def change_points(values: Array, errors: Array, level: float) -> tuple[ChangePoint, ...]:
    """All changes, in order of time: the clearest one, then those on either side of it.

    Args:
        values: measurements in order of time, (n,).
        errors: their standard deviations, (n,), above zero.
        level: false-alarm rate of each stretch that is tested, 0.01 at most: larger p-values are rough.
    """
    noise = noise_of(len(values))
    changes: list[ChangePoint] = []
    stretches = [(0, len(values))]
    while stretches:
        start, stop = stretches.pop()
        one = _clearest(values, errors, noise, (start, stop), level)
        if one is not None and one.p_value <= level:
            changes.append(one)
            stretches += [(start, one.first), (one.first, stop)]
    return tuple(sorted(changes))


@functools.lru_cache(maxsize=1)
def noise_of(length: int) -> Array:
    """The normal numbers that all tests of sequences of that length use, (B, length)."""
    return np.random.default_rng(_SEED).standard_normal((_REPLICAS, length))


def _clearest(
    values: Array, errors: Array, noise: Array, stretch: tuple[int, int], level: float
) -> ChangePoint | None:
    start, stop = stretch
    own, sigma = values[start:stop], errors[start:stop]
    if len(own) < MIN_RUNS or np.ptp(own) == 0:
        return None
    steps = cusum(own[None, :], sigma)
    p_value = float(known_p_values(steps.largest, sigma, noise)[0])
    if p_value <= level:
        p_value = max(p_value, permutation_p_value(own, sigma, noise))
    first = start + int(steps.first[0])
    return ChangePoint(
        first,
        start,
        stop,
        p_value,
        _mean(values[start:first], errors[start:first]),
        _mean(values[first:stop], errors[first:stop]),
    )


def _over_neighbours(values: Array, errors: Array) -> Array:
    """The statistic over the root mean square of the steps between neighbours, (B,)."""
    steps = np.diff(values, axis=1) / np.hypot(errors[1:], errors[:-1])
    result: Array = cusum(values, errors).largest / np.sqrt((steps**2).mean(axis=1))
    return result


def _mean(values: Array, errors: Array) -> tuple[float, float]:
    weights = errors**-2.0
    return float(np.average(values, weights=weights)), float(weights.sum() ** -0.5)
