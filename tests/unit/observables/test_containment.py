"""Start and containment of a shower, for shapes with a closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.observables.moments import quantile
from calobench.showers import Showers

DZ, DR = 4.0, 10.0


@pytest.fixture
def scalars_of(features_of: Callable[[NDArray[np.floating]], FeatureTable]) -> Any:
    return lambda energy: features_of(energy).scalars


def test_exponential_in_depth(scalars_of: Any) -> None:
    # Halved every five layers, over 45 layers: nine half-lives.
    q = 2.0 ** (-1 / 5)
    energy = np.zeros((1, 9, 16, 45))
    energy[0, 0, 0] = 1000 * q ** np.arange(45)
    scalars = scalars_of(energy)
    # Mean and variance of a geometric distribution cut after 45 (in layers, from the first).
    rest = q**45 / (1 - q**45)
    mean = q / (1 - q) - 45 * rest
    variance = q / (1 - q) ** 2 - 45**2 * rest / (1 - q**45)
    assert scalars["centre_of_gravity_z"] == pytest.approx([DZ * (mean + 0.5)], rel=1e-6)
    assert scalars["width_z"] == pytest.approx([DZ * np.sqrt(variance)], rel=1e-6)
    for percent in (50, 90):
        # 1 - 2^(-z / 5 layers) of an endless shower; within a layer the line lies below the curve,
        # by at most (dz^2 / 8) (ln 2 / 5 dz).
        exact = -5 * DZ * np.log2(1 - percent / 100 * (1 - 2**-9))
        depth = scalars[f"depth_{percent}"][0]
        assert 0 <= depth - exact < DZ / 8 * np.log(2) / 5
    assert scalars["shower_start"] == pytest.approx([DZ / 2])
    assert scalars["shower_maximum"] == pytest.approx([DZ / 2])


def test_even_disc(scalars_of: Any) -> None:
    # As much energy in a ring as it has area: a part p of the energy is within sqrt(p) of the radius.
    energy = np.zeros((1, 9, 16, 45))
    energy[0] = (2 * np.arange(9) + 1)[:, None, None]
    scalars = scalars_of(energy)
    for percent in (50, 90, 97):
        expected = np.sqrt(percent / 100) * 9 * DR
        assert scalars[f"radius_{percent}"] == pytest.approx([expected])


def test_ring(scalars_of: Any) -> None:
    energy = np.zeros((1, 9, 16, 45))
    energy[0, 3, :, 20] = 1
    scalars = scalars_of(energy)
    assert scalars["radius_50"] == pytest.approx([DR * np.sqrt((3**2 + 4**2) / 2)])
    # <cos^2> = 1/2 over evenly spaced sectors.
    assert scalars["width_x"] == pytest.approx([3.5 * DR / np.sqrt(2)])
    assert scalars["width_y"] == pytest.approx([3.5 * DR / np.sqrt(2)])
    assert scalars["centre_of_gravity_x"] == pytest.approx([0], abs=1e-12)
    assert scalars["width_r"] == pytest.approx([0], abs=1e-12)
    assert scalars["cells_above_20kev"] == 16


def test_last_layer_and_outermost_ring(
    make_showers: Callable[..., Showers], detector: DetectorSpec
) -> None:
    showers = make_showers(1, (0, 8, 15, 44, 2.0))
    scalars = compute_features(showers, detector, all_observables()).scalars
    assert scalars["depth_50"] == pytest.approx([44.5 * DZ])
    assert scalars["depth_90"] == pytest.approx([44.9 * DZ])
    assert scalars["shower_start"] == scalars["hottest_cell_depth"] == pytest.approx([44.5 * DZ])
    assert scalars["radius_97"] == pytest.approx([DR * np.sqrt(64 + 0.97 * 17)])
    assert scalars["radius_97"][0] < 9 * DR


def test_start_is_the_first_layer_with_a_hundredth(
    make_showers: Callable[..., Showers], detector: DetectorSpec
) -> None:
    # Layer 3 holds 0.5 %, layer 7 holds 1.5 % and layer 30 the rest.
    showers = make_showers(1, (0, 0, 0, 3, 0.5), (0, 0, 0, 7, 1.5), (0, 0, 0, 30, 98.0))
    scalars = compute_features(showers, detector, all_observables()).scalars
    assert scalars["shower_start"] == pytest.approx([7.5 * DZ])
    assert scalars["depth_50"] == pytest.approx([DZ * (30 + 48 / 98)])


def test_hottest_cell_is_one_cell_and_not_the_hottest_layer(
    make_showers: Callable[..., Showers], detector: DetectorSpec
) -> None:
    many = [(0, 0, sector, 12, 2.0) for sector in range(16)]
    showers = make_showers(1, *many, (0, 1, 3, 40, 3.0))
    scalars = compute_features(showers, detector, all_observables()).scalars
    assert scalars["shower_maximum"] == pytest.approx([12.5 * DZ])
    assert scalars["hottest_cell_depth"] == pytest.approx([40.5 * DZ])
    assert scalars["hottest_cell_energy"] == pytest.approx([3])


def test_hits_are_counted_where_they_are(
    make_showers: Callable[..., Showers], detector: DetectorSpec
) -> None:
    showers = make_showers(
        2, (0, 0, 0, 5, 0.021), (0, 0, 1, 5, 1.0), (0, 4, 1, 6, 9.0), (0, 5, 2, 7, 0.019)
    )
    profiles = compute_features(showers, detector, all_observables()).profiles
    layers, rings, sectors = (profiles[f"{part}_occupancy"] for part in ("layer", "ring", "sector"))
    assert {k: n for k, n in enumerate(layers[0]) if n} == {5: 2, 6: 1}
    assert {k: n for k, n in enumerate(rings[0]) if n} == {0: 2, 4: 1}
    assert {k: n for k, n in enumerate(sectors[0]) if n} == {0: 1, 1: 2}
    assert not layers[1].any()


def test_quantile_of_even_parts_is_a_line() -> None:
    energy, edges = np.ones((1, 4)), np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    for fraction in (0.01, 0.25, 0.3, 0.5, 0.97, 1.0):
        assert quantile(energy, edges, fraction) == pytest.approx([4 * fraction])


def test_quantile_skips_empty_parts() -> None:
    energy = np.array([[0.0, 2.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    edges = np.arange(6.0)
    assert quantile(energy, edges, 0.5)[0] == pytest.approx(2)
    assert quantile(energy, edges, 0.75)[0] == pytest.approx(3.5)
    assert quantile(energy, edges, 1.0)[0] == pytest.approx(4)
    assert np.isnan(quantile(energy, edges, 0.5)[1])


def test_quantile_of_thirds_does_not_leave_the_axis() -> None:
    rng = np.random.default_rng(1)
    energy = rng.exponential(size=(2000, 45)) / 3
    place = quantile(energy, np.arange(46.0), 1 - 1e-16)
    assert ((place > 44) & (place <= 45)).all()
