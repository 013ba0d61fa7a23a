"""Many tests on the same permutations, judged together.

The tests of one sample are correlated: 54 observables of the same showers are neither one test nor 54.
Permutations that are common to all tests carry that correlation. What chance does to the largest of all
statistics, or to the number of tests that object, is read off the permutations themselves and
needs no independence (Westfall and Young, *Resampling-Based Multiple Testing*, Wiley 1993).

Every function takes statistics of K tests in B + 1 relabellings, (K, B+1), the observed one first, larger
being worse. The observed one counts as a permutation, so that levels hold with any B and no p-value is
0 (Phipson and Smyth, *Stat. Appl. Genet. Mol. Biol.* 9 (2010) 39).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Objections",
    "Studentised",
    "adjusted_p_values",
    "count_objections",
    "own_p_values",
    "studentised",
]

Array = NDArray[np.float64]

# A permutation may give the observed samples again, with another rounding.
ROUNDING = 1e-9


class Studentised(NamedTuple):
    """Statistics made alike, so that no test decides the maximum by its unit or its tail.

    Attributes:
        values: cube roots less their mean, over their standard deviation, (K, B+1); 0 for a test
            that no relabelling changes.
        centre: the mean cube root of each test, (K,).
        spread: the standard deviation, (K,); 0 for such a test.
        lowest: what the statistics are counted from: their smallest where that is negative, or 0, (K,).
    """

    values: Array
    centre: Array
    spread: Array
    lowest: Array

    def original(self, value: float) -> Array:
        """The statistic of each test that is studentised to ``value``, (K,)."""
        root: Array = self.centre + value * self.spread
        return self.lowest + root**3


def studentised(statistics: Array) -> Studentised:
    """Cube roots of the statistics in standard deviations from their mean over the relabellings.

    Distances are roots of sums of squares, or such sums; their cube roots are nearly Gaussian (Wilson
    and Hilferty, *PNAS* 17 (1931) 684), so that the largest of many is not always the most skewed.
    The observed relabelling is one of those that mean, deviation and smallest are of: the test stays exact.

    Args:
        statistics: finite, (K, B+1).
    """
    statistics = np.asarray(statistics, np.float64)
    lowest = np.minimum(statistics.min(axis=1, initial=0), 0)
    roots = np.cbrt(statistics - lowest[:, None])
    centre, spread = roots.mean(axis=1), roots.std(axis=1)
    varies = spread > ROUNDING * np.abs(roots).max(axis=1, initial=0)
    scale = np.where(varies, spread, 1.0)
    values = np.where(varies[:, None], (roots - centre[:, None]) / scale[:, None], 0.0)
    return Studentised(values, centre, np.where(varies, spread, 0.0), lowest)


def own_p_values(statistics: Array) -> Array:
    """The p-value that each relabelling would have, were it the observed one, (K, B+1).

    Args:
        statistics: (K, B+1).
    """
    statistics = np.asarray(statistics, np.float64)
    total = statistics.shape[1]
    p = np.empty(statistics.shape)
    for row, own in zip(statistics, p, strict=True):
        ordered = np.sort(row)
        slack = ROUNDING * np.maximum(np.abs(row), 1.0)
        own[:] = (total - np.searchsorted(ordered, row - slack)) / total
    return p


def adjusted_p_values(values: Array) -> Array:
    """Family-wise p-values of the tests, by the step-down maximum, (K,).

    If tests with an adjusted p of at most alpha are called, any false one is among them with a
    probability of at most alpha, whichever tests are true (Westfall and Young 1993, algorithm 4.1).

    Args:
        values: studentised, (K, B+1).
    """
    if not len(values):
        return np.empty(0)
    order = np.argsort(-values[:, 0], kind="stable")
    # The maximum over each test and all that are less significant than it.
    maxima = np.maximum.accumulate(values[order][::-1], axis=0)[::-1]
    observed = values[order, :1]
    p = np.mean(maxima >= observed - ROUNDING * np.maximum(np.abs(observed), 1.0), axis=1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted


class Objections(NamedTuple):
    """Number of K tests that object at a level, and the number that do by chance.

    Attributes:
        tests: K.
        observed: tests with a p-value of at most the level.
        expected: mean number over the relabellings.
        upper: their 95 % quantile.
        p_value: how often chance gives as many or more.
    """

    tests: int
    observed: int
    expected: float
    upper: float
    p_value: float


def count_objections(statistics: Array, level: float) -> Objections:
    """Count the tests that object, and what the count is by chance.

    Args:
        statistics: (K, B+1).
        level: of each test.
    """
    counts = np.count_nonzero(own_p_values(statistics) <= level, axis=0)
    return Objections(
        tests=len(statistics),
        observed=int(counts[0]),
        expected=float(counts.mean()),
        upper=float(np.quantile(counts, 0.95)),
        p_value=float(np.mean(counts >= counts[0])),
    )
