"""Invariances of observables when a shower is scaled or turned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from calobench.observables import FeatureTable

SCALE_WITH_ENERGY = {
    "visible_energy",
    "response",
    "layer_energy",
    "ring_energy",
    "sector_energy",
    "hottest_cell_energy",
}
COUNTS = {
    "cells_above_20kev",
    "cells_above_100kev",
    "cells_above_1mev",
    "cell_spectrum",
    "layer_occupancy",
    "ring_occupancy",
    "sector_occupancy",
}

few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
seeds = st.integers(0, 2**32 - 1)


def some_showers(seed: int, n: int = 3) -> Any:
    rng = np.random.default_rng(seed)
    filled = rng.random((n, 9, 16, 45)) < 0.2
    return (rng.exponential(2.0, filled.shape) * filled).astype(np.float32)


@few
@given(seed=seeds, exponent=st.integers(-6, 6))
def test_scaling_the_energy_leaves_shapes_unchanged(
    features_of: Callable[[NDArray[np.floating]], FeatureTable], seed: Any, exponent: Any
) -> None:
    # A power of two scales float32 without rounding.
    energy = some_showers(seed)
    before, after = features_of(energy), features_of(energy * np.float32(2.0**exponent))
    for kind in ("scalars", "profiles"):
        for name, values in getattr(before, kind).items():
            if name in COUNTS:
                continue
            factor = 2.0**exponent if name in SCALE_WITH_ENERGY else 1
            np.testing.assert_allclose(
                getattr(after, kind)[name], factor * values, rtol=1e-9, atol=1e-12, err_msg=name
            )


@few
@given(seed=seeds, order=st.permutations(range(16)))
def test_permuting_sectors_leaves_depth_and_radius_unchanged(
    features_of: Callable[[NDArray[np.floating]], FeatureTable], seed: Any, order: Any
) -> None:
    energy = some_showers(seed)
    before, after = features_of(energy), features_of(energy[:, :, list(order)])
    azimuthal = {"centre_of_gravity_x", "centre_of_gravity_y", "centre_of_gravity_phi"}
    azimuthal |= {"width_x", "width_y", "width_phi"}
    for name in before.scalars.keys() - azimuthal:
        np.testing.assert_allclose(
            after.scalars[name], before.scalars[name], rtol=1e-9, err_msg=name
        )
    np.testing.assert_allclose(
        after.profiles["azimuthal_profile"], before.profiles["azimuthal_profile"][:, list(order)]
    )


@few
@given(seed=seeds, turns=st.integers(0, 15))
def test_turning_a_shower_turns_its_direction_and_keeps_its_width(
    features_of: Callable[[NDArray[np.floating]], FeatureTable], seed: Any, turns: Any
) -> None:
    energy = some_showers(seed)
    before, after = features_of(energy).scalars, features_of(np.roll(energy, turns, axis=2)).scalars
    turned = after["centre_of_gravity_phi"] - before["centre_of_gravity_phi"]
    np.testing.assert_allclose(np.exp(1j * turned), np.exp(1j * turns * np.pi / 8), atol=1e-6)
    np.testing.assert_allclose(after["width_phi"], before["width_phi"], rtol=1e-9)


@few
@given(seed=seeds)
def test_parts_add_up(
    features_of: Callable[[NDArray[np.floating]], FeatureTable], seed: Any
) -> None:
    table = features_of(some_showers(seed))
    for prefix in ("layers_", "ring_"):
        parts = [values for name, values in table.scalars.items() if name.startswith(prefix)]
        assert len(parts) == 9
        np.testing.assert_allclose(sum(parts), 1)
    for name in ("longitudinal_profile", "radial_profile", "azimuthal_profile"):
        np.testing.assert_allclose(table.profiles[name].sum(axis=1), 1)
    np.testing.assert_allclose(
        table.profiles["layer_energy"].sum(axis=1), table.scalars["visible_energy"]
    )
    for name in ("ring_energy", "sector_energy"):
        np.testing.assert_allclose(
            table.profiles[name].sum(axis=1), table.scalars["visible_energy"]
        )
    for name in ("layer_occupancy", "ring_occupancy", "sector_occupancy"):
        hits = table.profiles[name].sum(axis=1)
        np.testing.assert_array_equal(hits, table.scalars["cells_above_20kev"])
    filled = (1 - table.scalars["empty_cells"]) * 6480
    np.testing.assert_allclose(table.profiles["cell_spectrum"].sum(axis=1), filled)


def test_float64_sums(features_of: Callable[[NDArray[np.floating]], FeatureTable]) -> None:
    # In float32 a million and many small deposits would not add up.
    energy = np.full((1, 9, 16, 45), 0.01, dtype=np.float32)
    energy[0, 0, 0, 0] = 1e6
    visible = features_of(energy).scalars["visible_energy"][0]
    assert visible == pytest.approx(1e6 + 6479 * float(np.float32(0.01)), rel=1e-12)
