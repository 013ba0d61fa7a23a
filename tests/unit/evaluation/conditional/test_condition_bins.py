"""Bins of the incident particle."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.evaluation.conditional.bins import ConditionAxis, condition_axes
from calobench.evaluation.conditional.terms import folded_azimuth
from calobench.showers import Conditions


def conditions(n: int, seed: int = 1) -> Conditions:
    rng = np.random.default_rng(seed)
    return Conditions(
        rng.uniform(1e3, 1e5, n), rng.uniform(0.87, 2.27, n), rng.uniform(-np.pi, np.pi, n)
    )


def test_many_showers_fill_all_bins() -> None:
    particles = conditions(5_000)
    energy, theta, azimuth = condition_axes(particles, 0)
    ratios = energy.edges[1:] / energy.edges[:-1]
    np.testing.assert_allclose(ratios, ratios[0])
    assert [axis.bins for axis in (energy, theta, azimuth)] == [5, 4, 4]
    assert (azimuth.edges[0], azimuth.edges[-1]) == (-np.pi, np.pi)
    for axis in (energy, theta, azimuth):
        counts = np.bincount(axis.index(particles), minlength=axis.bins)
        assert counts.sum() == 5_000
        assert counts.min() >= 20


@pytest.mark.parametrize("n", [50, 100, 200, 400])
def test_a_bin_never_has_fewer_than_twenty(n: int) -> None:
    for seed in range(10):
        particles = conditions(n, seed)
        for axis in condition_axes(particles, 0):
            counts = np.bincount(axis.index(particles), minlength=axis.bins)
            assert counts.sum() == n
            assert counts.min() >= 20
            assert (np.diff(axis.edges) > 0).all()


def test_a_condition_that_does_not_vary_has_no_axis() -> None:
    particles = conditions(200)
    beam = Conditions(np.full(200, 5e4), np.full(200, 1.57), particles.phi)
    assert [axis.name for axis in condition_axes(beam, 0)] == ["azimuth"]


def test_azimuth_is_folded_into_a_stave() -> None:
    (*_, azimuth) = condition_axes(conditions(400), 12)
    assert azimuth.label == "azimuth in the stave"
    np.testing.assert_allclose(azimuth.edges[[0, -1]], [-np.pi / 12, np.pi / 12])
    # Stave 0 is centred on 0: pi/12 is where the next one begins.
    phi = np.array([0.0, np.pi / 12 - 0.01, np.pi / 12 + 0.01, np.pi / 6, -np.pi, 2 * np.pi + 0.1])
    np.testing.assert_allclose(
        folded_azimuth(phi, 12), [0, np.pi / 12 - 0.01, -np.pi / 12 + 0.01, 0, 0, 0.1], atol=1e-12
    )
    np.testing.assert_allclose(
        folded_azimuth(np.array([4.0, -4.0]), 0), [4 - 2 * np.pi, 2 * np.pi - 4]
    )


def test_folding_is_that_of_the_simulation() -> None:
    scoring = pytest.importorskip("calobench.simulate.scoring")
    from calobench.detectors import load_detector

    for name in ("ODD", "FCCeeCLD"):
        detector = load_detector(name)
        for phi in np.random.default_rng(2).uniform(-7, 7, 50):
            expected = scoring.stack_azimuth(detector, phi)
            folded = folded_azimuth(np.array([phi]), detector.staves.count)
            assert folded == pytest.approx([expected], abs=1e-9)


def test_showers_beyond_the_ends_count() -> None:
    axis = ConditionAxis("energy", "incident energy", "MeV", np.array([1e3, 1e4, 1e5]))
    outside = Conditions(np.array([1.0, 9e3, 1e4, 1e9]), np.ones(4), np.ones(4))
    assert axis.index(outside).tolist() == [0, 0, 1, 1]


def test_one_bin_for_all() -> None:
    axis = ConditionAxis("all", "all showers", "", np.zeros(0))
    assert axis.bins == 1
    assert axis.index(conditions(3)).tolist() == [0, 0, 0]
