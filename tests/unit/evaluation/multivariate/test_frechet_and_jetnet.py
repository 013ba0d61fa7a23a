"""Frechet and kernel distances against closed forms, and against JetNet's own numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calobench.errors import ConditionsError
from calobench.evaluation.multivariate import fpd_jetnet, frechet_distance, kpd_jetnet
from calobench.evaluation.multivariate.frechet import frechet_of, frechet_without
from calobench.evaluation.multivariate.samples import Pool, jackknife_groups
from calobench.stats.jackknife import jackknife

pytestmark = pytest.mark.golden

SMALL = {"min_samples": 50, "max_samples": 100}

JETNET_FPD = (0.0026468945413421208, 0.001966284508948571)
JETNET_KPD = (7.708503561287827e-05, 2.1784604467921738e-05)


@settings(max_examples=20, deadline=None)
@given(shift=st.floats(-3, 3), s=st.floats(0.1, 3), t=st.floats(0.1, 3))
def test_frechet_distance_in_one_dimension(shift: Any, s: Any, t: Any) -> None:
    result = frechet_distance(np.zeros(1), np.eye(1) * s**2, np.array([shift]), np.eye(1) * t**2)
    assert result == pytest.approx(shift**2 + (s - t) ** 2, abs=1e-9)


def test_frechet_distance_of_covariances_that_commute() -> None:
    # With common axes it is the sum of the squared differences of the widths along them.
    rotation, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 5)))
    a, b = np.array([1.0, 2, 3, 0, 5]), np.array([2.0, 2, 1, 4, 0])
    covariances = [(rotation * w**2) @ rotation.T for w in (a, b)]
    zero = np.zeros(5)
    assert frechet_distance(zero, covariances[0], zero, covariances[1]) == pytest.approx(
        ((a - b) ** 2).sum()
    )
    assert frechet_distance(zero, covariances[0], zero, covariances[0]) == pytest.approx(
        0, abs=1e-9
    )


def test_frechet_distance_is_symmetric() -> None:
    rng = np.random.default_rng(1)
    roots = rng.standard_normal((2, 4, 4))
    c1, c2 = (root @ root.T for root in roots)
    m1, m2 = rng.standard_normal((2, 4))
    assert frechet_distance(m1, c1, m2, c2) == pytest.approx(frechet_distance(m2, c2, m1, c1))


@pytest.mark.parametrize(("normalise", "fpd", "kpd"), [(True, 2, 15), (False, 8, 624)])
def test_constants_of_0_and_2_in_two_dimensions(normalise: bool, fpd: int, kpd: int) -> None:
    """JetNet's own test: (2 x 2 / 2 + 1)^4 - 1 = 624 and, normalised, 2^4 - 1 = 15."""
    real, generated = np.full((100, 2), 2.0), np.zeros((100, 2))
    result = fpd_jetnet(real, generated, normalise=normalise, **SMALL)
    assert result.value == pytest.approx(fpd)
    assert result.error == pytest.approx(0, abs=1e-6)
    result = kpd_jetnet(real, generated, normalise=normalise, batch_size=50)
    assert result.value == pytest.approx(kpd)
    assert result.error == pytest.approx(0, abs=1e-9)


@pytest.fixture(scope="module")
def jetnet_samples() -> Any:
    rng = np.random.default_rng(0)
    mix = rng.standard_normal((10, 10))
    real = np.exp(0.3 * rng.standard_normal((3000, 10)) @ mix)
    generated = np.exp(0.31 * rng.standard_normal((2500, 10)) @ mix)
    real[:, 0] = generated[:, 0] = 0
    return real, generated


def test_the_same_numbers_as_jetnet(jetnet_samples: Any) -> None:
    """The values of fpd and kpd of jetnet 0.2.5 for these samples and settings, draws included."""
    result = fpd_jetnet(
        *jetnet_samples, min_samples=1000, max_samples=2500, num_batches=4, num_points=5
    )
    assert result == pytest.approx(JETNET_FPD, rel=1e-5)
    # Kernels are in single precision; tables print ten thousandths of a thousandth.
    result = kpd_jetnet(*jetnet_samples, num_batches=5, batch_size=800)
    assert result == pytest.approx(JETNET_KPD, abs=2e-9)


@pytest.mark.parametrize("function", [fpd_jetnet, kpd_jetnet])
@pytest.mark.parametrize("shape", [(100, 3), (100,)])
def test_features_that_do_not_match_are_refused(function: Any, shape: Any) -> None:
    with pytest.raises(ConditionsError, match="same columns"):
        function(np.zeros((100, 2)), np.zeros(shape))


def test_the_jackknife_takes_the_bias_away() -> None:
    """Mean and spread are known for a squared mean: its bias is the variance of the mean."""
    rng = np.random.default_rng(2)
    x = rng.standard_normal(100) + 1
    groups = np.arange(100) // 5
    value = x.mean() ** 2
    without = np.array([x[groups != k].mean() ** 2 for k in range(20)])
    result = jackknife(value, without)
    of_groups = x.reshape(20, 5).mean(axis=1)
    assert result.bias == pytest.approx(of_groups.var(ddof=1) / 20, rel=0.06)
    assert result.error == pytest.approx(2 * x.mean() * of_groups.std(ddof=1) / 20**0.5, rel=0.05)
    # Student's t with 19 degrees of freedom.
    assert result.half_width == pytest.approx(1.022 * result.error, rel=0.01)


@pytest.mark.parametrize("paired", [True, False])
def test_leaving_groups_out_is_computing_without_them(paired: bool) -> None:
    rng = np.random.default_rng(3)
    pool = Pool.of(rng.standard_normal((40, 3)), rng.standard_normal((70, 3)), paired=paired)
    groups = jackknife_groups(pool, 8, rng)
    expected = [
        frechet_of(pool.features[groups != k], pool.is_model[groups != k]) for k in range(8)
    ]
    np.testing.assert_allclose(frechet_without(pool, groups), expected)
