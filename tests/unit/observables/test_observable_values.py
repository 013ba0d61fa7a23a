"""Observables of showers whose values follow from a line of arithmetic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.showers import Showers


@pytest.fixture
def one_cell(make_showers: Callable[..., Showers], detector: DetectorSpec) -> FeatureTable:
    """50 MeV in ring 2, sector 9, layer 10."""
    showers = make_showers(1, (0, 2, 9, 10, 50.0))
    return compute_features(showers, detector, all_observables())


def test_one_cell(one_cell: FeatureTable) -> None:
    phi = -np.pi + 9.5 * np.pi / 8
    expected = {
        "visible_energy": 50,
        "response": 0.05,
        "centre_of_gravity_z": 42,
        "width_z": 0,
        "shower_maximum": 42,
        "layers_05_09": 0,
        "layers_10_14": 1,
        "centre_of_gravity_r": 25,
        "width_r": 0,
        "ring_1": 0,
        "ring_2": 1,
        "centre_of_gravity_x": 25 * np.cos(phi),
        "centre_of_gravity_y": 25 * np.sin(phi),
        "centre_of_gravity_phi": phi,
        "cells_above_20kev": 1,
        "cells_above_100kev": 1,
        "cells_above_1mev": 1,
        "empty_cells": 1 - 1 / 6480,
        "hottest_cell": 1,
        "hottest_cell_energy": 50,
        "hottest_cell_depth": 42,
        "shower_start": 42,
        "depth_50": 42,
        "depth_90": 43.6,
        "radius_50": 10 * np.sqrt((2**2 + 3**2) / 2),
        "radius_90": 10 * np.sqrt(2**2 + 0.9 * (3**2 - 2**2)),
        "radius_97": 10 * np.sqrt(2**2 + 0.97 * (3**2 - 2**2)),
        "width_x": 0,
        "width_y": 0,
    }
    for name, value in expected.items():
        assert one_cell.scalars[name] == pytest.approx([value], abs=1e-12), name
    # R = 1 up to rounding, of which the deviation takes the root.
    assert one_cell.scalars["width_phi"] == pytest.approx([0], abs=1e-7)


def test_one_cell_profiles(one_cell: FeatureTable) -> None:
    profiles = one_cell.profiles
    np.testing.assert_allclose(profiles["longitudinal_profile"][0], np.eye(45)[10])
    np.testing.assert_allclose(profiles["layer_energy"][0], 50 * np.eye(45)[10])
    np.testing.assert_allclose(profiles["radial_profile"][0], np.eye(9)[2])
    np.testing.assert_allclose(profiles["azimuthal_profile"][0], np.eye(16)[9])
    np.testing.assert_allclose(profiles["ring_energy"][0], 50 * np.eye(9)[2])
    np.testing.assert_allclose(profiles["sector_energy"][0], 50 * np.eye(16)[9])
    np.testing.assert_allclose(profiles["layer_occupancy"][0], np.eye(45)[10])
    np.testing.assert_allclose(profiles["ring_occupancy"][0], np.eye(9)[2])
    np.testing.assert_allclose(profiles["sector_occupancy"][0], np.eye(16)[9])


def test_two_cells(make_showers: Callable[..., Showers], detector: DetectorSpec) -> None:
    # 3 MeV and 1 MeV, in opposite sectors and the same ring.
    showers = make_showers(1, (0, 0, 8, 0, 3.0), (0, 0, 0, 20, 1.0))
    scalars = compute_features(showers, detector, all_observables()).scalars
    assert scalars["centre_of_gravity_z"] == pytest.approx([2 + 80 / 4])
    assert scalars["width_z"] == pytest.approx([80 * np.sqrt(3 / 16)])
    assert scalars["shower_maximum"] == pytest.approx([2])
    assert scalars["layers_00_04"] == pytest.approx([0.75])
    assert scalars["layers_20_24"] == pytest.approx([0.25])
    # The resultant is (3 - 1) / 4 long and points to the stronger sector.
    assert scalars["centre_of_gravity_phi"] == pytest.approx([np.pi / 16])
    assert scalars["width_phi"] == pytest.approx([1.0])
    assert np.hypot(
        scalars["centre_of_gravity_x"], scalars["centre_of_gravity_y"]
    ) == pytest.approx([2.5])
    assert scalars["cells_above_1mev"] == pytest.approx([1])
    assert scalars["hottest_cell"] == pytest.approx([0.75])
    assert scalars["hottest_cell_energy"] == pytest.approx([3])
    assert scalars["hottest_cell_depth"] == pytest.approx([2])
    # 10 mm apart, along (cos, sin)(pi / 16).
    assert scalars["width_x"] == pytest.approx([10 * np.cos(np.pi / 16) * np.sqrt(3 / 16)])
    assert scalars["width_y"] == pytest.approx([10 * np.sin(np.pi / 16) * np.sqrt(3 / 16)])


def test_uniform_shower(features_of: Callable[[NDArray[np.floating]], FeatureTable]) -> None:
    table = features_of(np.ones((1, 9, 16, 45)))
    scalars = table.scalars
    assert scalars["centre_of_gravity_z"] == pytest.approx([90])
    assert scalars["width_z"] == pytest.approx([4 * np.sqrt((45**2 - 1) / 12)])
    assert scalars["centre_of_gravity_r"] == pytest.approx([45])
    assert scalars["width_r"] == pytest.approx([10 * np.sqrt((9**2 - 1) / 12)])
    assert scalars["width_phi"] == pytest.approx([np.sqrt(2)])
    assert np.isnan(scalars["centre_of_gravity_phi"]).all()
    assert scalars["empty_cells"] == pytest.approx([0])
    np.testing.assert_allclose(table.profiles["azimuthal_profile"], 1 / 16)


def test_empty_shower_is_undefined_not_a_warning(
    make_showers: Callable[..., Showers], detector: DetectorSpec
) -> None:
    table = compute_features(make_showers(2, (0, 0, 0, 0, 1.0)), detector, all_observables())
    defined = {
        "visible_energy",
        "response",
        "cells_above_20kev",
        "cells_above_100kev",
        "cells_above_1mev",
        "empty_cells",
        "hottest_cell_energy",
    }
    for name, values in table.scalars.items():
        assert np.isfinite(values[0]), name
        assert np.isfinite(values[1]) == (name in defined), name
    assert table.scalars["visible_energy"][1] == 0
    assert np.isnan(table.profiles["longitudinal_profile"][1]).all()
    np.testing.assert_array_equal(table.profiles["layer_energy"][1], 0)
    np.testing.assert_array_equal(table.profiles["cell_spectrum"][1], 0)


def test_spectrum_counts_each_cell_with_energy_once(
    make_showers: Callable[..., Showers], detector: DetectorSpec
) -> None:
    cells = [0.001, 0.0099, 0.0101, 1.01, 99.0, 100.0, 5000.0]
    showers = make_showers(2, *((1, k, 0, 0, value) for k, value in enumerate(cells)))
    spectrum = compute_features(showers, detector, all_observables()).profiles["cell_spectrum"]
    assert spectrum.shape == (2, 22)
    np.testing.assert_array_equal(spectrum[0], 0)
    filled = {k: int(count) for k, count in enumerate(spectrum[1]) if count}
    # Below 0.01 MeV, the first bin, the first bin above 1 MeV, the last bin, from 100 MeV.
    assert filled == {0: 2, 1: 1, 11: 1, 20: 1, 21: 2}


def test_thresholds_count_what_is_above(
    make_showers: Callable[..., Showers], detector: DetectorSpec
) -> None:
    values = [0.019, 0.021, 0.099, 0.101, 0.99, 1.01]
    showers = make_showers(1, *((0, k, 0, 0, value) for k, value in enumerate(values)))
    scalars = compute_features(showers, detector, all_observables()).scalars
    assert scalars["cells_above_20kev"] == 5
    assert scalars["cells_above_100kev"] == 3
    assert scalars["cells_above_1mev"] == 1
