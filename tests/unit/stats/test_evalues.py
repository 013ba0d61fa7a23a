from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from calobench.stats.evalues import (
    log_e_change,
    log_e_excess,
    log_e_fractions,
    log_e_of_p_value,
    log_mean,
)

LEVEL = 0.05


def ever(paths: list[list[float]]) -> float:
    """Fraction of sequences whose evidence reaches 1 / level at any look."""
    return float(np.mean([max(path) >= math.log(1 / LEVEL) for path in paths]))


def changes(
    shift: float, rng: np.random.Generator, n_fixed: int = 400, step: int = 100, looks: int = 40
) -> list[float]:
    """Evidence on the mean of a sample that grows, against a fixed one."""
    fixed = rng.normal(0, 1 / math.sqrt(n_fixed))
    mean = np.cumsum(rng.normal(shift, 1 / math.sqrt(step), looks)) / np.arange(1, looks + 1)
    sizes = step * np.arange(1, looks + 1)
    path = []
    for x, n in zip(mean, sizes, strict=True):
        variance = 1 / n_fixed + 1 / n
        path.append(float(log_e_change((x - fixed) ** 2 / variance, 1, variance, 0.1)))
    return path


def test_without_a_change_the_threshold_is_rarely_ever_reached() -> None:
    rng = np.random.default_rng(1)
    # 2,000 sequences of 40 looks: a true 5 % would give more than 6.5 % once in 1,000.
    assert ever([changes(0.0, rng) for _ in range(2000)]) <= LEVEL + 0.015


def test_a_fixed_sample_taken_as_exact_would_not_hold() -> None:
    """The trap that the variance avoids: its error does not average out."""
    rng = np.random.default_rng(2)
    fixed = rng.normal(0, 0.05, 1000)
    n = 40_000
    naive = [log_e_change(x**2 * n, 1, 1 / n, 0.1) for x in fixed]
    assert np.mean(np.array(naive) >= math.log(1 / LEVEL)) > 0.5


def test_a_change_is_confirmed() -> None:
    rng = np.random.default_rng(3)
    assert ever([changes(0.4, rng) for _ in range(100)]) > 0.95


def test_evidence_is_one_on_average() -> None:
    rng = np.random.default_rng(4)
    z = rng.standard_normal(200_000)
    for bet in (0.05, 0.1):
        e = np.exp([log_e_change(x**2, 1, 0.01, bet) for x in z])
        assert e.mean() == pytest.approx(1, abs=0.02)


def test_several_components_are_a_product() -> None:
    square = [0.3, 2.0, 5.0]
    together = log_e_change(sum(square), 3, 0.02, 0.1)
    assert together == pytest.approx(sum(log_e_change(x, 1, 0.02, 0.1) for x in square))


@pytest.mark.parametrize("fraction", [0.002, 0.02, 0.3])
def test_evidence_on_fractions_is_at_most_one_on_average(fraction: float) -> None:
    """By enumeration of both counts."""
    n, fixed = 60, 40
    k, j = np.arange(n + 1), np.arange(fixed + 1)
    e = np.exp([[log_e_fractions(int(a), n, int(b), fixed) for b in j] for a in k])
    assert binom(n, fraction).pmf(k) @ e @ binom(fixed, fraction).pmf(j) <= 1


def test_fractions_that_differ_are_seen() -> None:
    assert log_e_fractions(30, 1000, 0, 3000) > math.log(1000)
    assert log_e_fractions(1, 1000, 3, 3000) < 0


def test_excess_over_a_known_fraction() -> None:
    n, fraction = 200, 1e-4
    k = np.arange(20)
    e = np.exp([log_e_excess(int(a), n, fraction) for a in k])
    assert binom(n, fraction).pmf(k) @ e == pytest.approx(1, abs=1e-6)
    assert log_e_excess(1, 1000, 4.5e-9) > math.log(1e4)
    assert log_e_excess(0, 1000, 4.5e-9) < 0


def test_evidence_of_a_p_value_is_one_on_average() -> None:
    p = (np.arange(100_000) + 0.5) / 100_000
    assert np.mean(np.exp([log_e_of_p_value(x) for x in p])) == pytest.approx(1, abs=0.01)
    assert math.isfinite(log_e_of_p_value(0.0))


def test_mean_of_logarithms() -> None:
    assert log_mean([math.log(2), math.log(6)], [0.5, 0.5]) == pytest.approx(math.log(4))
    assert log_mean([1000.0, 0.0], [0.5, 0.5]) == pytest.approx(1000 - math.log(2))
    assert log_mean([], []) == -math.inf
