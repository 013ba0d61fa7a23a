"""Points inside cells of the mesh."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import ConditionsError, UnknownNameError
from calobench.placement.sampling import METHODS, mesh_points, ring_exponents
from calobench.showers import Conditions, Mesh, Showers

MESH = Mesh(dr_mm=5, dz_mm=4)
EDGES = np.arange(10) * 5.0


def showers_of(energy: np.ndarray) -> Showers:
    n = len(energy)
    conditions = Conditions(np.full(n, 1e4), np.full(n, np.pi / 2), np.zeros(n))
    return Showers(energy.astype(np.float32), conditions)


def one_cell(ring: int, sector: int, layer: int, energy: float = 2.0) -> Showers:
    cells = np.zeros((1, *MESH.shape))
    cells[0, ring, sector, layer] = energy
    return showers_of(cells)


def power_law(exponent: float) -> Showers:
    """Energy within radius r that grows as a power of r, the same in all sectors and layers."""
    rings = np.diff(EDGES**exponent)
    return showers_of(np.ones((1, *MESH.shape)) * rings[None, :, None, None])


def test_the_centre_is_one_point_in_the_middle() -> None:
    points = mesh_points(one_cell(3, 5, 20), MESH, "centre", points=7)
    r, phi = 17.5, 5.5 * np.pi / 8 - np.pi
    assert points.position == pytest.approx(np.array([[r * np.cos(phi), r * np.sin(phi), 82.0]]))
    assert points.energy.tolist() == [2.0]


@pytest.mark.parametrize("method", ["uniform", "radial"])
@pytest.mark.parametrize("ring", [0, 1, 8])
def test_points_stay_in_their_cell(method: str, ring: int) -> None:
    showers = one_cell(ring, 5, 20)
    x, y, z = mesh_points(showers, MESH, method, points=2000).position.T
    assert np.floor(np.hypot(x, y) / 5).astype(int).tolist() == [ring] * 2000
    assert np.floor((np.arctan2(y, x) + np.pi) / (np.pi / 8)).astype(int).tolist() == [5] * 2000
    assert np.floor(z / 4).astype(int).tolist() == [20] * 2000


def test_uniform_points_are_even_over_the_cell() -> None:
    """The centroid of a sector of a ring, in closed form; 5 standard errors."""
    n = 40_000
    for ring in (0, 4):
        points = mesh_points(one_cell(ring, 8, 3), MESH, "uniform", points=n)
        inner, outer = 5.0 * ring, 5.0 * (ring + 1)
        half = np.pi / 16
        mean_r = 2 / 3 * (outer**3 - inner**3) / (outer**2 - inner**2)
        along = mean_r * np.sin(half) / half
        middle = half  # sector 8 begins at azimuth 0
        expected = [along * np.cos(middle), along * np.sin(middle), 14.0]
        error = points.position.std(axis=0) / np.sqrt(n)
        assert np.all(np.abs(points.position.mean(axis=0) - expected) < 5 * error)


@pytest.mark.parametrize("exponent", [0.4, 1.0, 2.0])
def test_radial_points_follow_a_power_law_that_fills_all_rings(exponent: float) -> None:
    """If the energy within r grows as a power of r, points in the innermost ring follow the same power."""
    showers = power_law(exponent)
    assert ring_exponents(showers.energy, MESH)[0, 0] == pytest.approx([exponent] * 5, abs=1e-3)
    points = mesh_points(showers, MESH, "radial", points=20)
    radius = np.hypot(*points.position[:, :2].T)
    core = radius[radius < 5]
    for inside in (1.0, 2.5):
        expected = (inside / 5) ** exponent
        fraction = np.mean(core < inside)
        assert abs(fraction - expected) < 5 * np.sqrt(expected * (1 - expected) / len(core))


def test_a_steep_ring_has_its_energy_at_its_inner_edge() -> None:
    steep = showers_of(np.ones((1, *MESH.shape)) * 10.0 ** -np.arange(9)[None, :, None, None])
    points = mesh_points(steep, MESH, "radial", points=20)
    radius = np.hypot(*points.position[:, :2].T)
    for ring in range(1, 8):
        inside = radius[(radius >= 5 * ring) & (radius < 5 * ring + 5)]
        assert inside.mean() < 5 * ring + 2.2


@pytest.mark.parametrize("method", METHODS)
def test_the_energy_of_every_cell_stays(method: str) -> None:
    rng = np.random.default_rng(1)
    cells = rng.exponential(size=(3, *MESH.shape)) * (rng.random((3, *MESH.shape)) < 0.05)
    showers = showers_of(cells)
    points = mesh_points(showers, MESH, method, points=3)
    x, y, z = points.position.T
    ring = np.floor(np.hypot(x, y) / 5).astype(int)
    sector = np.floor((np.arctan2(y, x) + np.pi) / (np.pi / 8)).astype(int)
    sums = np.zeros(cells.shape)
    np.add.at(sums, (points.shower, ring, sector, np.floor(z / 4).astype(int)), points.energy)
    assert np.allclose(sums, showers.energy, rtol=1e-12)


@pytest.mark.parametrize("method", ["uniform", "radial"])
def test_points_depend_on_seed_and_key_only(method: str) -> None:
    rng = np.random.default_rng(2)
    showers = showers_of(rng.random((4, *MESH.shape)) * (rng.random((4, *MESH.shape)) < 0.02))
    all_at_once = mesh_points(showers, MESH, method, seed=5)
    last = mesh_points(showers[slice(2, 4)], MESH, method, seed=5, keys=np.array([2, 3]))
    assert np.array_equal(all_at_once.position[all_at_once.shower >= 2], last.position)
    other = mesh_points(showers, MESH, method, seed=6)
    assert not np.array_equal(all_at_once.position, other.position)


def test_a_shower_without_energy_has_no_points() -> None:
    for method in METHODS:
        points = mesh_points(showers_of(np.zeros((2, *MESH.shape))), MESH, method)
        assert points.position.shape == (0, 3)


def test_a_mesh_of_few_rings_is_filled_evenly() -> None:
    mesh = Mesh(5, 4, n_r=2)
    showers = showers_of(np.ones((1, *mesh.shape)))
    assert np.all(ring_exponents(showers.energy, mesh) == 2)
    assert len(mesh_points(showers, mesh, "radial").energy) == np.prod(mesh.shape)


def test_unknown_methods_and_no_points() -> None:
    mesh = load_detector("CLD").mesh_geometry
    showers = showers_of(np.zeros((1, *mesh.shape)))
    with pytest.raises(UnknownNameError, match="did you mean 'centre'"):
        mesh_points(showers, mesh, "center")
    with pytest.raises(ConditionsError, match="0 points"):
        mesh_points(showers, mesh, points=0)
