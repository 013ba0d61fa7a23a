"""Model over Geant4 of response and resolution, averaged over energy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.univariate.response_ratio import response_ratios


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(9)


def a_bin(
    rng: np.random.Generator,
    n: Any,
    energy: float = 1e4,
    response: float = 0.1,
    width: float = 0.02,
    slope: float = 0.0,
) -> Any:
    e = energy * rng.uniform(0.8, 1.2, n)
    spread = response * width * rng.standard_normal(n)
    return e, response + slope * np.log(e / energy) + spread


def test_a_scale_and_a_width_are_found(rng: np.random.Generator) -> None:
    bins = [
        (a_bin(rng, 20_000, e), a_bin(rng, 20_000, e, response=0.102, width=0.025))
        for e in (1e4, 5e4)
    ]
    ratios = response_ratios(bins)
    assert ratios.response.value == pytest.approx(np.log(1.02), abs=4 * ratios.response.error)
    assert ratios.resolution.value == pytest.approx(np.log(1.25), abs=4 * ratios.resolution.error)
    # Gaussian: 1 / (2 n) each, four samples.
    assert ratios.resolution.error == pytest.approx((4 / 40_000) ** 0.5 / 2, rel=0.05)
    assert ratios.response.bins == 2


def test_a_trend_with_energy_within_a_bin_is_no_width(rng: np.random.Generator) -> None:
    bins = [(a_bin(rng, 5000, slope=0.05), a_bin(rng, 5000, slope=0.05, width=0.025))]
    ratios = response_ratios(bins)
    assert ratios.resolution.value == pytest.approx(np.log(1.25), abs=4 * ratios.resolution.error)


def test_exchanging_the_samples_changes_the_sign(rng: np.random.Generator) -> None:
    bins = [(a_bin(rng, 30, e), a_bin(rng, 70, e, response=0.11)) for e in (1e4, 2e4)]
    there, back = response_ratios(bins), response_ratios([(b, a) for a, b in bins])
    for one, other in zip(there, back, strict=True):
        assert one.value == pytest.approx(-other.value)
        assert one.error == pytest.approx(other.error)


def test_nothing_to_compare(rng: np.random.Generator) -> None:
    assert response_ratios([]) is None
    constant = np.full(10, 1e4), np.full(10, 0.1)
    assert response_ratios([(constant, constant)]) is None
    empty = np.full(10, 1e4), np.zeros(10)
    assert response_ratios([(a_bin(rng, 10), empty)]) is None


def test_one_energy_has_no_trend(rng: np.random.Generator) -> None:
    beam = np.full(50, 5e4)
    bins = [((beam, rng.normal(0.1, 0.002, 50)), (beam, rng.normal(0.1, 0.002, 50)))]
    assert np.isfinite(response_ratios(bins).response.value)
