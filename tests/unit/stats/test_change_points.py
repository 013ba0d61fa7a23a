"""Change points are detected; without any, false ones come at the stated rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from calobench.stats.change_points import (
    MIN_RUNS,
    change_points,
    cusum,
    known_p_values,
    permutation_p_value,
)


def test_a_step_is_found_where_it_is() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0, 1, 40)
    values[25:] += 4
    (point,) = change_points(values, np.ones(40), 0.001)
    assert point.first == 25
    assert (point.start, point.stop) == (0, 40)
    assert point.before[0] == pytest.approx(values[:25].mean())
    assert point.after[0] == pytest.approx(values[25:].mean())
    assert point.after[1] == pytest.approx(15**-0.5)
    assert point.p_value < 0.001


def test_two_steps_are_found_in_order_of_time() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(0, 0.1, 45)
    values[15:30] += 1
    points = change_points(values, np.full(45, 0.1), 0.001)
    assert [one.first for one in points] == [15, 30]


def test_the_statistic_is_the_largest_of_all_differences() -> None:
    """Held against the sums written out."""
    rng = np.random.default_rng(3)
    values, errors = rng.normal(5, 2, (3, 9)), rng.uniform(0.5, 3, 9)
    result = cusum(values, errors)
    weights = errors**-2
    for row, largest, index in zip(values, result.largest, result.first, strict=True):
        sizes = [
            abs(np.average(row[:k], weights=weights[:k]) - np.average(row[k:], weights=weights[k:]))
            / np.sqrt(1 / weights[:k].sum() + 1 / weights[k:].sum())
            for k in range(1, 9)
        ]
        assert largest == pytest.approx(max(sizes))
        assert index == 1 + int(np.argmax(sizes))


def test_of_no_change_nothing_is_said() -> None:
    assert change_points(np.full(20, 3.0), np.ones(20), 0.5) == ()
    assert change_points(np.arange(MIN_RUNS - 1.0), np.full(MIN_RUNS - 1, 0.01), 0.5) == ()
    assert change_points(np.empty(0), np.empty(0), 0.5) == ()


def test_a_scale_changes_nothing() -> None:
    rng = np.random.default_rng(4)
    values = np.r_[rng.normal(0, 1, 12), rng.normal(3, 1, 12)]
    errors = rng.uniform(0.8, 1.2, 24)
    plain, scaled = (change_points(f * values, f * errors, 0.01) for f in (1.0, 1e-6))
    assert [one.first for one in plain] == [one.first for one in scaled] != []
    assert plain[0].p_value == scaled[0].p_value


@pytest.mark.statistical
@pytest.mark.parametrize("kind", ["cautious errors", "right errors", "small errors", "long tails"])
def test_false_alarms_keep_their_rate_whatever_the_scatter(kind: str) -> None:
    """500 sequences of 20 without a change, seed 5: 1 % at most."""
    rng = np.random.default_rng(5)
    errors = rng.uniform(0.7, 1.3, 20)
    pulls = rng.standard_t(3, (500, 20)) if kind == "long tails" else rng.normal(size=(500, 20))
    scatter = {"cautious errors": 0.7, "small errors": 2.0}.get(kind, 1.0)
    called = sum(bool(change_points(one, errors, 0.01)) for one in scatter * pulls * errors)
    assert called <= binom.ppf(0.999, 500, 0.01)


def test_p_values_of_both_tests_are_uniform_without_a_change() -> None:
    """400 sequences of 12, seed 6: their means are a half to four standard errors."""
    rng = np.random.default_rng(6)
    errors, noise = np.ones(12), rng.standard_normal((999, 12))
    values = rng.standard_normal((400, 12))
    known = known_p_values(cusum(values, errors).largest, errors, noise)
    permuted = [permutation_p_value(one, errors, noise) for one in values]
    for p_values in (known, np.array(permuted)):
        assert abs(p_values.mean() - 0.5) < 4 * 12**-0.5 / 20


def test_the_size_of_the_errors_counts() -> None:
    """A step of a tenth of the errors is not called."""
    values = np.r_[np.full(15, 0.0), np.full(15, 0.1)] + 0.001 * np.arange(30) % 0.003
    assert change_points(values, np.ones(30), 0.01) == ()
    assert [one.first for one in change_points(values, np.full(30, 0.02), 0.001)] == [15]
