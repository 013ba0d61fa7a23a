"""Frames and cells, against positions worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calobench.detectors import DetectorSpec, load_detector
from calobench.detectors.spec import Staves
from calobench.showers import Mesh
from calobench.showers.frame import direction
from calobench.showers.scoring import score
from calobench.simulate.scoring import round_mantissa, stack_azimuth

MESH = Mesh(dr_mm=10, dz_mm=5)
angles = st.floats(-6.3, 6.3)
polar = st.floats(0.4, 2.7)
quick = settings(deadline=None, max_examples=50)


def turned(staves: Staves) -> DetectorSpec:
    return load_detector("CLD").model_copy(update={"staves": staves})


def test_a_cylinder_is_met_head_on() -> None:
    assert stack_azimuth(turned(Staves()), 1.234) == 0


def test_inclined_plates_are_met_at_their_angle() -> None:
    plates = turned(Staves(inclination_deg=39.82))
    assert stack_azimuth(plates, 0) == stack_azimuth(plates, 4) == pytest.approx(0.69499, abs=1e-5)


@quick
@given(angles)
def test_staves_fold_the_azimuth(phi: float) -> None:
    folded = stack_azimuth(turned(Staves(count=12)), phi)
    assert -np.pi / 12 - 1e-9 <= folded <= np.pi / 12 + 1e-9
    turns = (phi - folded) / (2 * np.pi / 12)
    assert turns == pytest.approx(round(turns), abs=1e-9)


def test_the_middle_of_a_stave_is_its_normal() -> None:
    assert stack_azimuth(turned(Staves(count=12)), 2 * np.pi / 12) == pytest.approx(0, abs=1e-12)


@quick
@given(polar, angles)
def test_directions_have_the_angles_asked_for(theta: float, azimuth: float) -> None:
    x, y, z = direction(theta, azimuth)
    assert np.hypot(np.hypot(x, y), z) == pytest.approx(1)
    assert np.arccos(z) == pytest.approx(theta)
    assert np.angle(np.exp(1j * (np.arctan2(y, x) - azimuth))) == pytest.approx(0, abs=1e-9)


@quick
@given(polar, angles, st.integers(0, 8), st.integers(0, 15), st.integers(0, 44))
def test_a_deposit_in_the_middle_of_a_cell_goes_there(
    theta: float, azimuth: float, ring: int, sector: int, layer: int
) -> None:
    z_axis = direction(theta, azimuth)
    y_axis = np.array([-np.sin(azimuth), np.cos(azimuth), 0])
    x_axis = np.cross(y_axis, z_axis)
    r, phi, z = MESH.r_centres[ring], MESH.phi_centres[sector], MESH.z_centres[layer]
    position = r * np.cos(phi) * x_axis + r * np.sin(phi) * y_axis + z * z_axis
    cells = score(position[None], np.array([3.0]), theta, azimuth, MESH)
    assert cells[ring, sector, layer] == 3
    assert cells.sum() == 3


def test_deposits_add_up_and_those_outside_are_left_out() -> None:
    # At normal incidence x' = -z (beam axis), y' = y and z' = x.
    positions = np.array(
        [(7, 1, -1), (7, 1, -1), (-0.1, 1, 1), (225.1, 1, 1), (7, 91, 0), (7, 0, 0)], float
    )
    cells = score(positions, np.array([1.0, 2, 4, 8, 16, 32]), np.pi / 2, 0, MESH)
    assert cells[0, 10, 1] == 3
    assert cells.sum() == 3 + 32
    assert cells.dtype == np.float32


def test_the_last_sector_ends_where_the_first_begins() -> None:
    # y' = 0 and x' < 0 is the azimuth pi: without wrapping it would be sector 16.
    cells = score(np.array([[7.0, 0.0, 5.0]]), np.array([1.0]), np.pi / 2, 0, MESH)
    assert cells[0, [0, 15]].sum() == 1


def test_no_deposits_make_an_empty_shower() -> None:
    assert score(np.empty((0, 3)), np.empty(0), 1.5, 0.2, MESH).sum() == 0


@quick
@given(st.lists(st.floats(2.0**-90, 2.0**20, width=32), min_size=1, max_size=50))
def test_rounding_keeps_thirteen_bits(values: list[float]) -> None:
    exact = np.array(values, np.float32)
    rounded = round_mantissa(exact)
    assert np.all(rounded.view(np.uint32) % (1 << 10) == 0)
    assert np.all(np.abs(rounded - exact) <= exact * 2.0**-14)


def test_rounding_leaves_zero_alone() -> None:
    assert round_mantissa(np.zeros((2, 3), np.float32)).sum() == 0
