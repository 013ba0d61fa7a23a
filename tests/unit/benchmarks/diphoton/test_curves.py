"""Counting errors, turn-on and the comparison of curves, against closed forms and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f as fisher_f

from calobench.benchmarks.diphoton.compare import compare, t_squared
from calobench.benchmarks.diphoton.counting import Turnon, fit_turnon, wilson


def test_wilson_ends_solve_their_own_equation() -> None:
    low, high = wilson(7, 20, z=1.96)
    for end in (float(low), float(high)):
        assert (7 / 20 - end) ** 2 == pytest.approx(1.96**2 * end * (1 - end) / 20)


def test_wilson_stays_in_range_and_is_never_empty() -> None:
    low, high = wilson([0, 10, 0], [10, 10, 0])
    assert np.all(low >= 0)
    assert np.all(high <= 1)
    assert low[0] == 0
    assert high[1] == pytest.approx(1)
    assert high[0] > 0
    assert (low[2], high[2]) == (0, 1)


def test_turnon_is_half_where_it_says() -> None:
    turnon = Turnon(0.9, 12.0, 2.0)
    assert turnon(np.array([turnon.half_mm]))[0] == pytest.approx(0.5)
    assert np.isnan(Turnon(0.4, 12.0, 2.0).half_mm)


@pytest.mark.parametrize("truth", [Turnon(0.97, 13.0, 1.5), Turnon(0.8, 20.0, 3.0)])
def test_fit_finds_the_turnon_within_its_spread(truth: Turnon) -> None:
    rng = np.random.default_rng(11)
    fits = []
    for _ in range(20):
        separation = rng.uniform(0, 30, 600)
        resolved = (rng.random(600) < truth(separation)).astype(float)
        fits.append(fit_turnon(separation, resolved).half_mm)
    spread = np.std(fits, ddof=1)
    assert spread < 1.5
    # 20 fits: the mean lies within 4 of its errors but once in 16,000; a bias of 0.15 mm is allowed.
    assert abs(np.mean(fits) - truth.half_mm) < 4 * spread / 20**0.5 + 0.15


def test_weights_count_events_that_often() -> None:
    rng = np.random.default_rng(2)
    separation = rng.uniform(0, 30, 400)
    resolved = (separation + rng.normal(0, 2, 400) > 14).astype(float)
    weight = rng.integers(0, 3, 400).astype(float)
    repeated = np.repeat(np.arange(400), weight.astype(int))
    weighted = fit_turnon(separation, resolved, weight)
    plain = fit_turnon(separation[repeated], resolved[repeated])
    assert weighted.half_mm == pytest.approx(plain.half_mm, abs=0.05)


def test_nothing_resolved_has_no_half() -> None:
    assert np.isnan(fit_turnon(np.linspace(0, 30, 50), np.zeros(50)).half_mm)


def test_t_squared_of_one_number_is_students_t_squared() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(30, 1)), rng.normal(0.4, 1, size=(50, 1))
    pooled = (29 * a.var(ddof=1) + 49 * b.var(ddof=1)) / 78
    expected = (b.mean() - a.mean()) ** 2 / (pooled * (1 / 30 + 1 / 50))
    value, ndf = t_squared(a, b)
    assert ndf == 1
    assert value == pytest.approx(expected)


def test_t_squared_does_not_care_for_scales_or_mixtures_of_bins() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(40, 3)), rng.normal(0.2, 1, size=(60, 3))
    mix = np.array([[2.0, 0.3, 0], [0, 5, 1], [0.1, 0, 0.7]])
    assert t_squared(a @ mix, b @ mix)[0] == pytest.approx(t_squared(a, b)[0])


def test_bins_that_never_vary_are_not_counted() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(40, 2)), rng.normal(size=(60, 2))
    wider = [np.column_stack([x, np.zeros(len(x))]) for x in (a, b)]
    assert t_squared(*wider) == pytest.approx(t_squared(a, b))
    assert t_squared(np.zeros((5, 2)), np.zeros((6, 2))) == (0.0, 0)


def test_t_squared_follows_its_law_for_normal_vectors() -> None:
    rng = np.random.default_rng(8)
    n, m, k = 30, 40, 4
    values = [t_squared(rng.normal(size=(n, k)), rng.normal(size=(m, k)))[0] for _ in range(2000)]
    degrees = n + m - k - 1
    exact = fisher_f(k, degrees).ppf(0.95) * (n + m - 2) / degrees
    # 2000 trials at 5 %: 0.5 % is one standard deviation.
    assert np.mean(np.array(values) > exact) == pytest.approx(0.05, abs=0.02)


def test_curves_of_one_source_agree_and_others_do_not() -> None:
    rng = np.random.default_rng(9)
    probability = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    geant4, same = (rng.random((300, 5)) < probability for _ in range(2))
    other = rng.random((300, 5)) < np.array([0.0, 0.05, 0.25, 0.9, 1.0])
    agrees = compare(geant4.astype(float), same.astype(float), replicas=200, rng=rng)
    differs = compare(geant4.astype(float), other.astype(float), replicas=200, rng=rng)
    assert agrees.ndf == 3
    assert agrees.p_value > 0.01
    assert agrees.null_median < agrees.null_95
    assert differs.p_value == pytest.approx(1 / 201)
    assert differs.value > differs.null_95
    assert differs.error > 0


def test_p_values_are_uniform_under_the_null() -> None:
    rng = np.random.default_rng(10)
    p = []
    for _ in range(100):
        shared = rng.random((60, 1))
        # Bins of one pair are correlated: the same shower is in all of them.
        a, b = ((rng.random((30, 4)) + x) / 2 < 0.5 for x in (shared[:30], shared[30:]))
        p.append(compare(a.astype(float), b.astype(float), replicas=39, rng=rng).p_value)
    # Binomial(100, 0.2): outside 8..33 once in 1,000.
    assert 8 <= np.sum(np.array(p) <= 0.2) <= 33
