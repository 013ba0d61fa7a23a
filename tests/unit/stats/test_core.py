"""mean90 and rms90 against the closed forms of three distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from calobench.stats.core import core_errors, core_moments


def test_gaussian() -> None:
    # +- a holds 90 %; int x^2 f = 0.9 - 2 a f(a) over it.
    a = norm.ppf(0.95)
    expected = np.sqrt(1 - 2 * a * norm.pdf(a) / 0.9)
    assert expected == pytest.approx(0.7893, abs=1e-4)
    core = core_moments(np.random.default_rng(1).normal(5, 2, 200_000))
    # One standard error is 0.3 %; the chosen interval makes the mean's 2 sigma / sqrt(N)^(2/3).
    assert core.rms == pytest.approx(2 * expected, rel=0.012)
    assert core.mean == pytest.approx(5, abs=0.08)


def test_exponential() -> None:
    # The narrowest interval is [0, ln 10].
    b = np.log(10)
    mean = (1 - 0.1 * (1 + b)) / 0.9
    square = (2 - 0.1 * (2 + 2 * b + b**2)) / 0.9
    core = core_moments(np.random.default_rng(2).exponential(size=200_000))
    assert core.mean == pytest.approx(mean, rel=0.01)
    assert core.rms == pytest.approx(np.sqrt(square - mean**2), rel=0.01)


def test_two_outliers_in_twenty_do_not_count() -> None:
    values = np.concatenate([np.full(9, 1.0), np.full(9, 3.0), [1e6, -1e6]])
    core = core_moments(values)
    assert core.mean == 2
    assert core.rms == 1


def test_even_spacing_and_shift() -> None:
    # 90 of 100 neighbours: the first such interval, of a discrete uniform distribution.
    values = np.arange(100.0)
    core = core_moments(values)
    assert core.mean == pytest.approx(44.5)
    assert core.rms == pytest.approx(np.sqrt((90**2 - 1) / 12))
    far = core_moments(values + 1e9)
    assert far.rms == pytest.approx(core.rms)


def test_one_value_and_equal_values() -> None:
    assert tuple(core_moments(np.array([3.0]))) == (3, 0)
    assert tuple(core_errors(np.array([3.0]), np.random.default_rng(1))) == (0, 0)
    assert tuple(core_moments(np.full(7, 2.0))) == (2, 0)


def test_rows_are_samples_of_their_own() -> None:
    rng = np.random.default_rng(3)
    rows = rng.gamma(3, size=(4, 57))
    together = core_moments(rows)
    for k, row in enumerate(rows):
        alone = core_moments(row)
        assert (together.mean[k], together.rms[k]) == (alone.mean, alone.rms)


def test_order_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=101)
    assert core_moments(values) == core_moments(rng.permutation(values))


def test_bootstrap_error_is_that_of_repeated_samples() -> None:
    rng = np.random.default_rng(5)
    repeated = core_moments(rng.normal(size=(1_000, 200)))
    errors = [core_errors(rng.normal(size=200), rng) for _ in range(30)]
    # The error of a bootstrap error is about 10 % here, and 30 are averaged. The place of the
    # interval, and with it the mean, is known for its rough bootstrap: 15 %.
    assert np.mean([one.rms for one in errors]) == pytest.approx(repeated.rms.std(), rel=0.15)
    assert np.mean([one.mean for one in errors]) == pytest.approx(repeated.mean.std(), rel=0.2)


@pytest.mark.parametrize(("n", "bias"), [(20, 0.04), (100, 0.01), (1000, 0.005)])
def test_stated_bias_for_few_showers(n: int, bias: float) -> None:
    rms = core_moments(np.random.default_rng(6).normal(size=(400_000 // n, n))).rms
    assert rms.mean() / 0.78931 == pytest.approx(1, abs=bias)
