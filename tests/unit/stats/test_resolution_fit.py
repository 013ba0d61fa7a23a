from __future__ import annotations

import numpy as np
import pytest

from calobench.stats.resolution import fit_resolution

ENERGY = np.array([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0])


def resolution(a: float, b: float, c: float) -> np.ndarray:
    return np.sqrt(a**2 / ENERGY + b**2 + (c / ENERGY) ** 2)


def test_exact_points_give_the_terms() -> None:
    fit = fit_resolution(ENERGY, resolution(0.1, 0.01, 0.05), np.full(7, 1e-4))
    assert fit is not None
    assert [t.value for t in fit[:3]] == pytest.approx([0.1, 0.01, 0.05], rel=1e-6)
    assert fit.chi2 == pytest.approx(0, abs=1e-9)
    assert fit.ndf == 4
    assert fit(ENERGY) == pytest.approx(resolution(0.1, 0.01, 0.05))


def test_errors_cover_the_truth() -> None:
    rng, pulls, chi2 = np.random.default_rng(1), [], []
    error = 0.02 * resolution(0.1, 0.01, 0.05)
    for _ in range(400):
        fit = fit_resolution(
            ENERGY, resolution(0.1, 0.01, 0.05) + error * rng.normal(size=7), error
        )
        assert fit is not None
        assert fit.stochastic.error is not None
        pulls.append((fit.stochastic.value - 0.1) / fit.stochastic.error)
        chi2.append(fit.chi2)
    # 400 trials: the spread of pulls is known to 3.5 %, the mean chi2 to 0.14.
    assert 0.85 < np.std(pulls) < 1.15
    assert abs(np.mean(pulls)) < 0.3
    assert 3.5 < np.mean(chi2) < 4.5


def test_a_term_that_is_not_there_has_a_limit_and_no_error() -> None:
    rng = np.random.default_rng(2)
    without = 0
    for _ in range(100):
        truth = resolution(0.1, 0.01, 0.0)
        fit = fit_resolution(ENERGY, truth * (1 + 0.02 * rng.normal(size=7)), 0.02 * truth)
        assert fit is not None
        assert fit.noise.value <= fit.noise.upper
        without += fit.noise.error is None
    assert without > 70


@pytest.mark.parametrize("n", [0, 1, 3])
def test_too_few_points_have_no_fit(n: int) -> None:
    assert fit_resolution(ENERGY[:n], resolution(0.1, 0, 0)[:n], np.full(n, 0.01)) is None


def test_points_without_an_error_or_a_value_are_left_out() -> None:
    error = np.full(7, 1e-3)
    error[0], value = 0.0, resolution(0.1, 0.01, 0.0)
    value[1] = np.nan
    fit = fit_resolution(ENERGY, value, error)
    assert fit is not None
    assert fit.ndf == 2
