"""Points that are the same as another."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.stats.duplicates import (
    duplicate_distance,
    duplicate_groups,
    has_earlier_duplicate,
    repeated_fraction,
)


def test_the_distance_is_a_part_of_the_median_to_the_nearest() -> None:
    # Nearest others of 0, 1, 3, 7: at 1, 1, 2, 4.
    assert duplicate_distance(np.array([[0.0], [1], [3], [7]]), 0.1) == pytest.approx(0.15)


@pytest.mark.parametrize("distinct", [1, 10, 100])
def test_all_but_the_first_of_each_are_repeated(distinct: int) -> None:
    rng = np.random.default_rng(5)
    reference = rng.standard_normal((500, 20))
    few = rng.standard_normal((distinct, 20))
    points = few[np.arange(200) % distinct] + 1e-6 * rng.standard_normal((200, 20))
    repeated = has_earlier_duplicate(points, duplicate_distance(reference, 0.1))
    np.testing.assert_array_equal(repeated, np.arange(200) >= distinct)


def test_independent_points_have_no_duplicate() -> None:
    rng = np.random.default_rng(6)
    reference, points = rng.standard_normal((2, 1000, 20))
    distance = duplicate_distance(reference, 0.1)
    assert not has_earlier_duplicate(points, distance).any()
    assert len(np.unique(duplicate_groups(points, distance))) == 1000


def test_groups_hold_duplicates_and_duplicates_of_duplicates() -> None:
    points = np.array([[0.0, 1], [0.0, 1.9], [0.0, 2.8], [9.0, 9], [0, 0], [0, 0]])
    number = duplicate_groups(points, 1.0)
    assert number[0] == number[1] == number[2]
    # What is nothing is like nothing else.
    assert len(set(number[2:].tolist())) == 4
    assert repeated_fraction(number, np.ones(6, bool)) == 0.5
    assert repeated_fraction(number, np.array([True, False, False, True, False, False])) == 0
