"""Azimuthal coherence of neighbouring layers, and the weakest layer: values by arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from calobench.observables import FeatureTable


def showers(*layers: Any) -> Any:
    """One shower: energies by sector, ring 2, of the first layers."""
    energy = np.zeros((1, 9, 16, 45), np.float32)
    for z, sectors in enumerate(layers):
        energy[0, 2, : len(sectors), z] = sectors
    return energy


def test_equal_patterns_cohere_and_opposite_ones_do_not(
    features_of: Callable[[NDArray[np.floating]], FeatureTable],
) -> None:
    equal = features_of(showers([3, 1], [3, 1], [6, 2])).scalars["azimuthal_coherence"]
    assert equal == pytest.approx([1])
    other = features_of(showers([1], [0, 1])).scalars["azimuthal_coherence"]
    # Two unit vectors at right angles, less their common mean: -1 / 15.
    assert other == pytest.approx([-1 / 15])


def test_pairs_of_layers_count_by_their_energy(
    features_of: Callable[[NDArray[np.floating]], FeatureTable],
) -> None:
    coherence = features_of(showers([4], [1], [0, 1])).scalars["azimuthal_coherence"]
    assert coherence == pytest.approx([(2 * 1 + 1 * (-1 / 15)) / 3])


def test_the_innermost_ring_and_even_layers_say_nothing(
    features_of: Callable[[NDArray[np.floating]], FeatureTable],
) -> None:
    energy = showers([1] * 16, [1] * 16)
    energy[0, 0, 3, :2] = 100
    assert features_of(energy).scalars["azimuthal_coherence"] == pytest.approx([0])
    energy[:] = 0
    energy[0, 0, 3, :2] = 100
    assert features_of(energy).scalars["azimuthal_coherence"] == pytest.approx([0])
    assert np.isnan(features_of(0 * energy).scalars["azimuthal_coherence"]).all()


def test_turning_layers_one_by_one_is_seen_and_turning_all_is_not(
    features_of: Callable[[NDArray[np.floating]], FeatureTable],
) -> None:
    rng = np.random.default_rng(1)
    # Tracks that cross ten layers each, at their own place.
    energy = np.zeros((200, 9, 16, 45), np.float32)
    for shower in energy:
        for _ in range(20):
            ring, sector, first = rng.integers(1, 5), rng.integers(16), rng.integers(35)
            shower[ring, sector, first : first + 10] += rng.exponential(1.0)
    twisted = np.stack(
        [np.roll(energy[..., z], rng.integers(-1, 2), axis=2) for z in range(45)], axis=-1
    )
    plain, turned, broken = (
        features_of(one).scalars["azimuthal_coherence"].mean()
        for one in (energy, np.roll(energy, 1, axis=2), twisted)
    )
    assert turned == pytest.approx(plain)
    assert broken < 0.7 * plain


def test_dead_layer_is_the_weakest(
    features_of: Callable[[NDArray[np.floating]], FeatureTable],
) -> None:
    energy = showers(*[[10.0]] * 9)
    assert features_of(energy).scalars["weakest_layer"] == pytest.approx([1])
    energy[..., 4] *= 0.25
    assert features_of(energy).scalars["weakest_layer"] == pytest.approx([0.25])
    energy[..., 4] = 0
    assert features_of(energy).scalars["weakest_layer"] == pytest.approx([0])


def test_layers_outside_the_body_of_the_shower_may_be_empty(
    features_of: Callable[[NDArray[np.floating]], FeatureTable],
) -> None:
    # Two layers far behind with 1 % of the energy each, and nothing between them.
    energy = showers([1.0], [2.0], [3.0], [2.0], [1.0])
    before = features_of(energy).scalars["weakest_layer"]
    energy[0, 2, 0, [20, 22]] = 0.1
    assert features_of(energy).scalars["weakest_layer"] == pytest.approx(before)
    assert np.isnan(features_of(0 * energy).scalars["weakest_layer"]).all()
