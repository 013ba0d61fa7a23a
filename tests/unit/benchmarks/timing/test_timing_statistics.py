"""Errors of times: closed forms, and how often the true value lies inside."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from calobench.benchmarks.timing.statistics import (
    MIN_ROUNDS,
    Estimate,
    mean,
    median,
    paired_fraction,
    ratio,
    reached,
)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_mean_and_its_error() -> None:
    values = np.array([1.0, 2.0, 3.0, 6.0])
    result = mean(values)
    factor = student.ppf(0.841344746, 3)
    assert result.value == 3
    assert result.error == pytest.approx(np.std(values, ddof=1) / 2 * factor)


def test_median_of_all_calls() -> None:
    rounds = np.array([[1.0, 2.0, 9.0], [3.0, 4.0, 5.0]])
    assert median(rounds, rng()).value == 3.5


def test_a_median_without_spread_has_no_error() -> None:
    assert median(np.full((9, 5), 2.0), rng()) == Estimate(2.0, 0.0)


def test_calls_of_one_round_are_not_independent() -> None:
    """Rounds that differ among themselves, each with calls that do not: only rounds count."""
    levels = rng().normal(10, 1, 30)
    few = median(levels[:, None], rng(2)).error
    many = median(np.repeat(levels[:, None], 50, axis=1), rng(2)).error
    assert many == pytest.approx(few, rel=0.1)


def test_error_of_the_median_follows_its_asymptotic_form() -> None:
    """1.2533 sigma / sqrt(n) for a normal distribution."""
    n = 400
    errors = [median(rng(seed).normal(10, 1, (n, 1)), rng(seed)).error for seed in range(40)]
    assert np.mean(errors) == pytest.approx(1.2533 / np.sqrt(n), rel=0.1)


@pytest.mark.statistical
@pytest.mark.parametrize("n", [MIN_ROUNDS, 40])
def test_intervals_cover_as_often_as_they_say(n: int) -> None:
    """68 % of 1,000 skewed samples, within 5 standard deviations of the binomial (7.4 %).

    The bootstrap of the median of a few values is known to be conservative.
    """
    samples = rng(n).lognormal(0, 0.3, (1000, n))
    true_mean = np.exp(0.3**2 / 2)
    means = [mean(sample) for sample in samples]
    covered = np.mean([abs(m.value - true_mean) < m.error for m in means])
    assert covered == pytest.approx(0.683, abs=0.074)
    medians = [median(sample[:, None], rng(3)) for sample in samples]
    covered = np.mean([abs(m.value - 1) < m.error for m in medians])
    assert 0.683 - 0.074 < covered < 0.683 + 0.12


@pytest.mark.statistical
def test_stopping_early_does_not_spoil_the_interval_much() -> None:
    """Stopping at a lucky moment makes errors too small: at a precision of 2 % it must stay small.

    500 runs to which rounds are added until 2 % is reached; at least 60 % must cover (68 % less
    what stopping costs and 4 standard deviations of the binomial, 8 %).
    """
    covered = []
    for seed in range(500):
        draw = rng(seed)
        values = draw.normal(1, 0.08, 400)
        n = MIN_ROUNDS
        while not reached(estimate := mean(values[:n]), n, 0.02):
            n = int(np.ceil(1.25 * n))
        covered.append(abs(estimate.value - 1) < estimate.error)
    assert np.mean(covered) > 0.6


def test_ratio_adds_relative_errors_in_quadrature() -> None:
    result = ratio(Estimate(30.0, 0.9), Estimate(2.0, 0.08))
    assert result.value == 15
    assert result.error == pytest.approx(15 * 0.05)


def test_error_of_a_ratio_is_its_spread() -> None:
    draw = rng()
    above, below = draw.normal(30, 0.9, 100_000), draw.normal(2, 0.05, 100_000)
    result = ratio(Estimate(30, 0.9), Estimate(2, 0.05))
    assert result.error == pytest.approx(np.std(above / below), rel=0.02)


def test_share_does_not_feel_the_spread_from_shower_to_shower() -> None:
    draw = rng()
    bare = draw.lognormal(0, 0.5, 50)
    exact = paired_fraction(bare, bare / 0.6)
    assert exact.value == pytest.approx(0.4)
    assert exact.error == pytest.approx(0, abs=1e-12)
    noisy = [
        paired_fraction(bare, bare / 0.6 * (1 + rng(seed).normal(0, 0.02, 50)))
        for seed in range(300)
    ]
    spread = np.std([fraction.value for fraction in noisy])
    assert np.mean([fraction.error for fraction in noisy]) == pytest.approx(spread, rel=0.15)
    assert spread < 0.005


def test_enough_is_enough_rounds_and_precision() -> None:
    precise = Estimate(1.0, 0.01)
    assert reached(precise, MIN_ROUNDS, 0.02)
    assert not reached(precise, MIN_ROUNDS - 1, 0.02)
    assert not reached(precise, 100, 0.005)
    assert not reached(Estimate(0.0, 0.0), 100, 0.5)
