"""Copies of the reference, near copies, and neighbours nearer than Geant4's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.multivariate.closeness import closeness
from calobench.harness.closeness import closeness_warning
from calobench.observables import FeatureTable
from calobench.showers import Conditions


def table(rng: np.random.Generator, n: Any) -> FeatureTable:
    """Showers with 20 independent layers and 8 rings."""
    energy = rng.uniform(1e3, 1e5, n)
    layers, rings = rng.gamma(4, size=(n, 20)), rng.gamma(4, size=(n, 8))
    total = 0.03 * energy * (1 + 0.02 * rng.standard_normal(n))
    return FeatureTable(
        Conditions(energy, rng.uniform(0.9, 2.2, n), np.zeros(n)),
        {"visible_energy": total, "response": total / energy},
        {
            "longitudinal_profile": layers / layers.sum(axis=1, keepdims=True),
            "radial_profile": rings / rings.sum(axis=1, keepdims=True),
        },
    )


def with_copies(
    rng: np.random.Generator,
    model: Any,
    reference: Any,
    n: Any,
    *,
    noise: float = 0.0,
    scale: float = 1.0,
) -> FeatureTable:
    """The first n showers of the model are those of the reference, with noise on the profiles."""
    profiles = {}
    for name, values in model.profiles.items():
        copy = reference.profiles[name][:n] * (
            1 + noise * rng.standard_normal((n, values.shape[1]))
        )
        profiles[name] = np.concatenate([copy, values[n:]])
    scalars = {
        name: np.concatenate([scale * reference.scalars[name][:n], values[n:]])
        for name, values in model.scalars.items()
    }
    energy = np.concatenate([reference.conditions.energy[:n], model.conditions.energy[n:]])
    conditions = Conditions(energy, model.conditions.theta, model.conditions.phi)
    return FeatureTable(conditions, scalars, profiles)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def samples(rng: np.random.Generator) -> tuple[FeatureTable, FeatureTable]:
    return table(rng, 400), table(rng, 600)


def test_independent_samples_are_not_too_close(
    samples: tuple[FeatureTable, FeatureTable], rng: np.random.Generator
) -> None:
    result = closeness(*samples, rng)
    assert (result.exact, result.near, result.near_in_reference) == (0, 0, 0)
    assert result.distance_ratio == pytest.approx(1, abs=0.05)
    assert result.p_value > 0.01
    assert closeness_warning(result) == []
    assert closeness_warning(None) == []


def test_replay_of_the_reference_is_said_to_be_one(
    samples: tuple[FeatureTable, FeatureTable], rng: np.random.Generator
) -> None:
    reference = samples[0]
    index = np.arange(900) % len(reference)
    result = closeness(reference, reference.rows(index), rng)
    assert result.exact == result.near == result.n_model == 900
    assert result.distance_ratio == 0
    (words,) = closeness_warning(result)
    assert "900 of 900 showers are showers of the reference, cell by cell" in words


@pytest.mark.parametrize(("noise", "scale"), [(0.0, 1.01), (0.01, 1.0)])
def test_near_copies_are_counted_and_are_not_exact(
    samples: tuple[FeatureTable, FeatureTable], rng: np.random.Generator, noise: float, scale: float
) -> None:
    reference, model = samples
    result = closeness(
        reference, with_copies(rng, model, reference, 30, noise=noise, scale=scale), rng
    )
    assert (result.exact, result.near) == (0, 30)
    (words,) = closeness_warning(result)
    assert "30 of 600 lie nearer to a shower of the reference" in words


def test_a_model_that_paraphrases_the_reference_has_neighbours_too_near(
    samples: tuple[FeatureTable, FeatureTable], rng: np.random.Generator
) -> None:
    """Every second shower is one of the reference with 20 % noise: no copy, and yet too near."""
    reference, model = samples
    result = closeness(reference, with_copies(rng, model, reference, 300, noise=0.2), rng)
    assert result.near == 0
    assert result.p_value == pytest.approx(1 / 2001)
    assert result.cross_neighbours > result.cross_neighbours_null + 0.1
    assert "nearest neighbour in the other sample" in closeness_warning(result)[0]


def test_few_copies_among_many_of_geant4s_own_are_no_warning(
    samples: tuple[FeatureTable, FeatureTable], rng: np.random.Generator
) -> None:
    result = closeness(*samples, rng)
    own = result.model_copy(update={"near": 3, "near_in_reference": 2})
    assert closeness_warning(own) == []
    assert closeness_warning(result.model_copy(update={"exact": 1, "near": 1}))


def test_showers_without_energy_are_nobodys_copy(
    samples: tuple[FeatureTable, FeatureTable], rng: np.random.Generator
) -> None:
    reference, model = samples
    for one in (reference, model):
        one.scalars["response"][:50] = 0
        for profile in one.profiles.values():
            profile[:50] = np.nan
    result = closeness(reference, model, rng)
    assert (result.n_reference, result.n_model, result.near) == (350, 550, 0)
    assert closeness(reference.rows(np.arange(50)), model, rng) is None
