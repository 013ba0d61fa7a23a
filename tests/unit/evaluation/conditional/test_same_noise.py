"""Showers of the same noise at other conditions are counted; biases that depend on conditions are not."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.api import reference
from calobench.detectors import load_detector
from calobench.evaluation.conditional.same_noise import same_noise
from calobench.evaluation.conditional.yardstick import Yardstick
from calobench.harness.oddities import noise_warnings
from calobench.observables import all_observables, compute_features
from calobench.results.quality import CountMetric, QualityRecord
from calobench.showers import Conditions, Showers
from reference_models.variants import MODELS

DETECTOR, OBSERVABLES = load_detector("ALLEGRO"), all_observables()
HALF = 80


@pytest.fixture(scope="module")
def yardstick() -> Yardstick:
    table = compute_features(reference("ALLEGRO"), DETECTOR, OBSERVABLES)
    return Yardstick.fit(table, DETECTOR, OBSERVABLES)


def noise_of(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 57 + 6480), dtype=np.float32)


def conditions(*, again: bool) -> Conditions:
    """Of two sessions; the second has the first one's, or others."""
    known = reference("ALLEGRO").conditions
    rows = np.tile(np.arange(HALF), 2) if again else np.arange(2 * HALF)
    return Conditions(known.energy[rows], known.theta[rows], known.phi[rows])


def made(particles: Conditions, noise: np.ndarray) -> Showers:
    return Showers(
        MODELS["distilled"](backend="fused").from_noise(particles, DETECTOR, noise), particles
    )


def test_two_sessions_with_the_same_noise(yardstick: Yardstick) -> None:
    showers = made(conditions(again=False), np.tile(noise_of(1, HALF), (2, 1)))
    result = same_noise(yardstick.measure(compute_features(showers, DETECTOR, OBSERVABLES)))
    assert result is not None
    assert (result.rows, result.n) == (HALF, 2 * HALF)
    assert result.correlation > 0.5


def test_independent_noise_at_conditions_that_come_again(yardstick: Yardstick) -> None:
    """Also if the model is wrong at some energies: its bias is repeated, its noise is not."""
    showers = made(conditions(again=True), noise_of(2, 2 * HALF))
    wrong = (
        showers.energy * (1 + 0.05 * np.log(showers.conditions.energy / 3e4))[:, None, None, None]
    )
    for energy in (showers.energy, wrong.astype(np.float32)):
        table = compute_features(Showers(energy, showers.conditions), DETECTOR, OBSERVABLES)
        assert same_noise(yardstick.measure(table)) is None


def test_geant4_shares_nothing(yardstick: Yardstick) -> None:
    assert same_noise(yardstick.reference) is None


def test_words() -> None:
    metric = CountMetric(
        name="sample.same_noise", kind="sample", columns=(), count=300, n=400, reference_count=0,
        n_reference=400,
    )  # fmt: skip
    quality = QualityRecord(
        n=400, n_reference=400, threshold_mev=0.1, columns=(), metrics=(metric,)
    )
    assert (
        "mine: 300 of 400 showers share their random numbers" in noise_warnings(quality, "mine")[0]
    )
    none = quality.model_copy(update={"metrics": (metric.model_copy(update={"count": 0}),)})
    assert noise_warnings(none, "mine") == noise_warnings(None, "mine") == []
