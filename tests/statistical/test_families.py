"""Level of the statements on many tests together.

Seeds are fixed; tolerances are four binomial standard deviations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.stats.family import adjusted_p_values, count_objections, studentised

pytestmark = pytest.mark.statistical

TESTS, PERMUTATIONS = 30, 199


def statistics(rng: np.random.Generator, shift: float = 0.0) -> Any:
    """Differences of the means of 30 correlated numbers of two samples, in 199 relabellings."""
    n = 40
    common = rng.standard_normal((2 * n, 3))
    numbers = common @ rng.standard_normal((3, TESTS)) + 0.5 * rng.standard_normal((2 * n, TESTS))
    numbers[n:, 1] += shift
    # Skewed numbers: what the largest of is taken of must be made alike.
    numbers[:, ::2] = np.exp(numbers[:, ::2])
    labels = np.stack(
        [np.arange(2 * n) < n, *(rng.permutation(2 * n) < n for _ in range(PERMUTATIONS))]
    )
    return np.abs((labels.astype(float) / n - (~labels) / n) @ numbers).T


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(12)


def test_the_family_objects_as_often_as_is_said(rng: np.random.Generator) -> None:
    """A binomial count of correlated tests, as if they were independent, objects in 12 % instead of 5."""
    runs, by_largest, by_count = 600, 0, 0
    for _ in range(runs):
        family = statistics(rng)
        by_largest += adjusted_p_values(studentised(family).values).min() <= 0.05
        by_count += count_objections(family, 0.05).p_value <= 0.05
    allowed = 4 * (0.05 * 0.95 / runs) ** 0.5
    assert abs(by_largest / runs - 0.05) < allowed
    # Counts are few, so that fewer alarms than 5 % are possible.
    assert by_count / runs < 0.05 + allowed


def test_one_broken_observable_is_found_with_few_permutations(rng: np.random.Generator) -> None:
    """Benjamini and Hochberg cannot: the smallest q-value is 30 / 200."""
    objections = sum(
        adjusted_p_values(studentised(statistics(rng, shift=4.0)).values)[1] <= 0.01
        for _ in range(20)
    )
    assert objections >= 18
