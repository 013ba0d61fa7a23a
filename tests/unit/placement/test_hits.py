"""Hits are at the positions that the geometry gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.placement.hits import cell_centres, global_hits
from calobench.placement.readout import make_readout
from calobench.placement.table import place_in_detector
from calobench.showers import Conditions, Showers
from calobench.showers.frame import direction, mesh_axes


def showers_of(energy: Any, theta: Any, phi: Any) -> Showers:
    n = len(energy)
    conditions = Conditions(np.full(n, 1e4), np.full(n, float(theta)), np.full(n, float(phi)))
    return Showers(np.asarray(energy, dtype=np.float32), conditions)


@pytest.mark.parametrize(("theta", "phi"), [(1.2, 0.3), (np.pi / 2, 0.0), (2.0, 4.0)])
def test_mesh_axes_are_a_right_handed_frame_along_the_particle(theta: Any, phi: float) -> None:
    axes = mesh_axes(theta, phi)
    assert np.allclose(axes @ axes.T, np.eye(3))
    assert np.linalg.det(axes) == pytest.approx(1)
    assert np.allclose(axes[2], direction(theta, phi))
    assert axes[1, 2] == pytest.approx(0)


def test_a_cell_lies_at_its_depth_along_the_particle_and_at_its_radius() -> None:
    detector = load_detector("CLD")
    mesh = detector.mesh_geometry
    energy = np.zeros((2, *mesh.shape))
    energy[1, 3, 5, 20] = 2.5
    theta, phi = 1.1, 2.0
    hits = global_hits(showers_of(energy, theta, phi), detector)
    assert hits.shower.tolist() == [1]
    assert hits.energy.tolist() == [2.5]
    along = direction(theta, phi)
    # A barrel of 12 flat staves, the fourth of which stands at 2 pi / 3.
    face = detector.inner_radius_mm / np.cos(phi - 2 * np.pi / 3)
    inside = hits.position[0] - along * face / np.sin(theta)
    depth = inside @ along
    assert depth == pytest.approx(mesh.z_centres[20])
    assert np.linalg.norm(inside - depth * along) == pytest.approx(mesh.r_centres[3])


def test_energy_is_conserved_and_empty_cells_make_no_hits() -> None:
    detector = load_detector("ALLEGRO")
    rng = np.random.default_rng(1)
    energy = rng.exponential(size=(3, *detector.mesh_geometry.shape)) * (
        rng.random((3, *detector.mesh_geometry.shape)) < 0.1
    )
    hits = global_hits(showers_of(energy, 1.5, 0.1), detector)
    assert len(hits.energy) == np.count_nonzero(energy)
    sums = np.bincount(hits.shower, hits.energy)
    assert np.allclose(sums, energy.sum(axis=(1, 2, 3)), rtol=1e-6)


def test_azimuth_of_cell_centres_is_the_sectors() -> None:
    mesh = load_detector("ODD").mesh_geometry
    centres = cell_centres(mesh)
    assert np.allclose(np.arctan2(centres[0, :, 0, 1], centres[0, :, 0, 0]), mesh.phi_centres)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_hits_are_where_the_mesh_axes_put_the_cells(n: int) -> None:
    detector = load_detector("ODD")
    rng = np.random.default_rng(2)
    energy = rng.exponential(size=(n, *detector.mesh_geometry.shape)).astype(np.float32)
    energy *= rng.random(energy.shape) < 0.2
    energy[1:2] = 0
    theta, phi = rng.uniform(0.9, 2.2, n), rng.uniform(0, 6.2, n)
    showers = Showers(energy, Conditions(np.full(n, 1e4), theta, phi))
    hits = global_hits(showers, detector)
    shower, *cell = np.nonzero(energy)
    local = cell_centres(detector.mesh_geometry)[tuple(cell)]
    radius = detector.inner_radius_mm / np.cos(phi - np.rint(phi * 8 / np.pi) * np.pi / 8)
    entrance = direction(theta, phi) * (radius / np.sin(theta))[:, None]
    expected = entrance[shower] + np.einsum("hi,hij->hj", local, mesh_axes(theta, phi)[shower])
    np.testing.assert_array_equal(hits.shower, shower)
    np.testing.assert_allclose(hits.position, expected, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(hits.energy, energy[energy > 0])


@pytest.mark.parametrize("name", ["CLD", "ODD", "ALLEGRO"])
def test_hits_are_where_the_readout_has_its_cells(name: str) -> None:
    detector = load_detector(name)
    mesh, n = detector.mesh_geometry, 40
    rng = np.random.default_rng(3)
    energy = np.zeros((n, *mesh.shape), np.float32)
    energy[:, 0, :, 5:15] = 1.0  # the axis of the particle, where layers of both are fine
    theta, phi = rng.uniform(0.9, 2.2, n), rng.uniform(0, 6.2, n)
    showers = Showers(energy, Conditions(np.full(n, 1e4), theta, phi))
    hits = global_hits(showers, detector)
    (placed,) = place_in_detector([showers], make_readout(detector), method="centre")
    for k in range(n):
        centre = hits.position[hits.shower == k].mean(axis=0)
        table, rows = placed.hits, placed.hits.event == k
        points = np.stack([table.x, table.y, table.z], axis=1)[rows]
        expected = np.average(points, axis=0, weights=table.energy[rows])
        # Across the particle: along it, energy goes to the nearest sheet. Half a cell is allowed, of
        # 5.1 mm, or of 21 mm in theta and 18 mm in azimuth.
        along = direction(theta[k], phi[k])
        apart = expected - centre
        across = apart - along * (apart @ along)
        assert np.linalg.norm(across) < {"ALLEGRO": 14}.get(name, 2.55)
