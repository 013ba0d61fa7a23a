"""Many tests on the same permutations: closed forms, and what does not change them."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.stats.family import (
    adjusted_p_values,
    count_objections,
    own_p_values,
    studentised,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def test_own_p_values_are_those_of_each_relabelling() -> None:
    p = own_p_values(np.array([[3.0, 1, 2, 0, 1]]))
    np.testing.assert_allclose(p, [[1 / 5, 4 / 5, 2 / 5, 1, 4 / 5]])


def test_one_test_alone_keeps_its_p_value(rng: np.random.Generator) -> None:
    statistics = rng.gamma(2.0, size=(1, 200))
    adjusted = adjusted_p_values(studentised(statistics).values)
    assert adjusted[0] == own_p_values(statistics)[0, 0]


def test_copies_of_a_test_cost_nothing(rng: np.random.Generator) -> None:
    """Fifty times the same test is one test: Bonferroni would make its p fifty times as large."""
    row = rng.gamma(2.0, size=200)
    row[0] = np.sort(row)[-4]
    many = adjusted_p_values(studentised(np.tile(row, (50, 1))).values)
    one = adjusted_p_values(studentised(row[None]).values)
    np.testing.assert_allclose(many, one[0])


def test_independent_tests_cost_what_sidak_says(rng: np.random.Generator) -> None:
    """The smallest adjusted p-value of K independent tests is 1 - (1 - p)^K."""
    statistics = rng.exponential(size=(20, 100_000))
    statistics[:, 0] = 1.0
    statistics[7, 0] = -np.log(1e-3)
    adjusted = adjusted_p_values(studentised(statistics).values)
    assert np.argmin(adjusted) == 7
    # 2 % of 100,000 is known to 2.2 % of itself.
    assert adjusted[7] == pytest.approx(1 - 0.999**20, rel=0.09)


def test_step_down_is_monotone_and_no_less_than_alone(rng: np.random.Generator) -> None:
    statistics = rng.gamma(2.0, size=(9, 400))
    statistics[:, 0] *= np.linspace(1, 3, 9)
    values = studentised(statistics).values
    adjusted = adjusted_p_values(values)
    order = np.argsort(-values[:, 0])
    assert (np.diff(adjusted[order]) >= 0).all()
    assert (adjusted >= own_p_values(statistics)[:, 0] - 1e-12).all()


def test_units_and_order_of_tests_do_not_matter(rng: np.random.Generator) -> None:
    statistics = rng.gamma(2.0, size=(6, 300))
    scaled = statistics * np.geomspace(1e-6, 1e6, 6)[:, None]
    expected = adjusted_p_values(studentised(statistics).values)
    np.testing.assert_allclose(adjusted_p_values(studentised(scaled).values), expected)
    np.testing.assert_allclose(
        adjusted_p_values(studentised(statistics[::-1]).values), expected[::-1]
    )


def test_a_test_that_nothing_changes_never_objects() -> None:
    statistics = np.array([[1.0, 1, 1, 1], [4.0, 1, 2, 3]])
    adjusted = adjusted_p_values(studentised(statistics).values)
    assert adjusted[0] == 1
    assert adjusted[1] == 1 / 4


def test_statistics_below_zero_keep_their_order(rng: np.random.Generator) -> None:
    statistics = rng.standard_normal((1, 500))
    assert (np.argsort(studentised(statistics).values[0]) == np.argsort(statistics[0])).all()


def test_the_original_of_a_studentised_value(rng: np.random.Generator) -> None:
    statistics = rng.standard_normal((3, 50)) + 2
    alike = studentised(statistics)
    for k in range(3):
        assert alike.original(float(alike.values[k, 7]))[k] == pytest.approx(statistics[k, 7])


def test_counts_of_tests_that_are_one() -> None:
    """Ten copies of a test object together: the count is 0 or 10, and so is its distribution."""
    row = np.arange(40.0)[::-1]
    result = count_objections(np.tile(row, (10, 1)), 0.05)
    assert (result.tests, result.observed) == (10, 10)
    assert result.expected == pytest.approx(10 * 2 / 40)
    assert result.p_value == 2 / 40


def test_no_tests() -> None:
    empty = np.empty((0, 5))
    assert len(adjusted_p_values(studentised(empty).values)) == 0
    assert count_objections(empty, 0.05).p_value == 1
