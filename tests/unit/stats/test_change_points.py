"""Change points: found where there are some, at the rate that is stated where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from calobench.stats.change_points import MIN_RUNS, CusumNull, change_points, cusum


def test_a_step_is_found_where_it_is() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(0, 1, 40)
    values[25:] += 4
    (found,) = change_points(values, np.ones(40), 0.001)
    assert found.first == 25
    assert (found.start, found.stop) == (0, 40)
    assert found.before[0] == pytest.approx(values[:25].mean())
    assert found.after[0] == pytest.approx(values[25:].mean())
    assert found.after[1] == pytest.approx(15**-0.5)
    assert found.p_value < 0.001


def test_two_steps_are_found_in_order_of_time() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(0, 0.1, 45)
    values[15:30] += 1
    found = change_points(values, np.full(45, 0.1), 0.001)
    assert [one.first for one in found] == [15, 30]


def test_the_statistic_is_the_largest_of_all_differences() -> None:
    """Held against the sums written out."""
    rng = np.random.default_rng(3)
    values, errors = rng.normal(5, 2, (3, 9)), rng.uniform(0.5, 3, 9)
    found = cusum(values, errors)
    weights = errors**-2
    for row, largest, index in zip(values, found.largest, found.first, strict=True):
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
@pytest.mark.parametrize("scatter", [0.7, 1.0, 2.0])
def test_false_alarms_keep_their_rate_whatever_the_scatter(scatter: float) -> None:
    """2,000 sequences of 20, seed 5: errors too large, right, and too small by half; 5 % at most."""
    rng = np.random.default_rng(5)
    errors = rng.uniform(0.7, 1.3, 20)
    null = CusumNull(errors, rng.standard_normal((4999, 20)))
    p_values = null.p_values(cusum(scatter * errors * rng.standard_normal((2000, 20)), errors))
    assert (p_values <= 0.05).sum() <= binom.ppf(0.999, 2000, 0.05)
    if scatter == 1.0:
        assert (p_values <= 0.05).sum() > 20
