"""Change points of a sequence of measurements with known errors: from which one on is the mean another?

The statistic is the largest of all standardised differences between the weighted means before and after a
point (max-CUSUM; Page, *Biometrika* 41 (1954) 100; Hawkins, *JASA* 72 (1977) 180). It is held against its
distribution over simulated sequences without a change, twice: with the errors as they are stated, and
divided by the scatter of neighbouring values, which takes nothing for granted about how large the errors
are. The larger of both p-values counts, so that the test keeps its level where either holds. Errors that
are too large, as of runs that share one reference, make it cautious; errors that are too small do not make
false alarms.

How often it is wrong, and what it finds, is measured: ``docs/history.md``.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MIN_RUNS", "REPLICAS", "ChangePoint", "CusumNull", "change_points", "cusum"]

MIN_RUNS = 6
"""With fewer values their scatter is not known."""

REPLICAS = 4999
"""Simulated sequences: p-values go down to 1 in 5,000."""

_SEED = 1954
# A p-value of so many sequences that is above this is not small: levels are a hundredth at most.
_FEW, _NOTHING = 499, 0.05
# Median of a chi-squared variable with one degree of freedom.
_MEDIAN_CHI2 = 0.454936

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
        studentised: the same over the scatter of neighbours, (B,).
    """

    largest: Array
    first: NDArray[np.intp]
    studentised: Array


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
    largest = np.take_along_axis(size, index[:, None], axis=1)[:, 0]
    steps = np.diff(values, axis=1) / np.sqrt(errors[1:] ** 2 + errors[:-1] ** 2)
    # The median: a true change is one step of many.
    scatter = np.sqrt(np.median(steps**2, axis=1) / _MEDIAN_CHI2)
    with np.errstate(divide="ignore", invalid="ignore"):
        studentised = np.where(largest > 0, largest / scatter, 0.0)
    return Cusum(largest, index + 1, studentised)


class CusumNull:
    """The distribution of the statistic over sequences without a change.

    Args:
        errors: standard deviations, (n,).
        noise: standard normal numbers, (B, at least n).
    """

    def __init__(self, errors: Array, noise: Array) -> None:
        made = cusum(noise[:, : len(errors)] * errors, errors)
        self._largest, self._studentised = np.sort(made.largest), np.sort(made.studentised)

    def p_values(self, found: Cusum) -> Array:
        """How often chance gives as much, (B,): the larger of both tests."""
        return np.maximum(
            _tail(self._largest, found.largest), _tail(self._studentised, found.studentised)
        )


def change_points(values: Array, errors: Array, level: float) -> tuple[ChangePoint, ...]:
    """All changes, in order of time: the clearest one, then those on either side of it.

    Args:
        values: measurements in order of time, (n,).
        errors: their standard deviations, (n,), above zero.
        level: false-alarm rate of each stretch that is tested, 0.01 at most: larger p-values are rough.
    """
    noise = _noise(len(values))
    found: list[ChangePoint] = []
    stretches = [(0, len(values))]
    while stretches:
        start, stop = stretches.pop()
        one = _clearest(values, errors, noise, start, stop)
        if one is not None and one.p_value <= level:
            found.append(one)
            stretches += [(start, one.first), (one.first, stop)]
    return tuple(sorted(found))


def _clearest(
    values: Array, errors: Array, noise: Array, start: int, stop: int
) -> ChangePoint | None:
    if stop - start < MIN_RUNS:
        return None
    own, sigma = values[start:stop], errors[start:stop]
    found = cusum(own[None, :], sigma)
    if not found.largest[0] > 0:
        return None
    index = start + int(found.first[0])
    p_value = _p_value(found, sigma, noise)
    return ChangePoint(
        index,
        start,
        stop,
        p_value,
        _mean(values[start:index], errors[start:index]),
        _mean(values[index:stop], errors[index:stop]),
    )


def _p_value(found: Cusum, errors: Array, noise: Array) -> float:
    """Of one sequence; few simulated ones where these say already that there is nothing."""
    few = float(CusumNull(errors, noise[:_FEW]).p_values(found)[0])
    return few if few > _NOTHING else float(CusumNull(errors, noise).p_values(found)[0])


def _mean(values: Array, errors: Array) -> tuple[float, float]:
    weights = errors**-2.0
    return float(np.average(values, weights=weights)), float(weights.sum() ** -0.5)


@functools.lru_cache(maxsize=1)
def _noise(length: int) -> Array:
    return np.random.default_rng(_SEED).standard_normal((REPLICAS, length))


def _tail(null: Array, values: Array) -> Array:
    """How many of the null, and the value itself, are as large, (B,)."""
    above = len(null) - np.searchsorted(null, values, side="left")
    result: Array = (1 + above) / (1 + len(null))
    return result
