"""Showers of the mesh in the cells of a readout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calobench.detectors import load_detector
from calobench.detectors.spec import MeshSpec
from calobench.errors import ConditionsError, MeshMismatchError
from calobench.placement.events import ReadoutEvents
from calobench.placement.place import place
from calobench.placement.readout import make_readout
from calobench.placement.sampling import METHODS
from calobench.showers import Conditions, Showers
from calobench.showers.frame import direction
from calobench.showers.scoring import score

CLD = make_readout(load_detector("CLD"))
ALLEGRO = make_readout(load_detector("ALLEGRO"))
SHAPE = (9, 16, 45)


def showers_of(energy: np.ndarray, theta: float = np.pi / 2, phi: float = 0.0) -> Showers:
    n = len(energy)
    conditions = Conditions(np.full(n, 1e4), np.full(n, theta), np.full(n, phi))
    return Showers(energy.astype(np.float32), conditions)


def sparse(seed: int, n: int = 2, filled: float = 0.02) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.exponential(size=(n, *SHAPE)) * (rng.random((n, *SHAPE)) < filled)


def test_one_mesh_cell_lands_in_the_cell_worked_out_by_hand() -> None:
    """Normal incidence: x' = -z, y' = y, z' = x. Ring 3, sector 9 (11.25 + 22.5 degrees), layer 7."""
    energy = np.zeros((1, *SHAPE))
    energy[0, 3, 9, 7] = 1.5
    events = place(showers_of(energy), CLD, method="centre")
    r, phi = 3.5 * 4.65, np.deg2rad(33.75)
    y, z = r * np.sin(phi), -r * np.cos(phi)
    assert (events.layer.tolist(), events.i.tolist(), events.j.tolist()) == (
        [7],
        [int(np.floor(y / 5.1 + 0.5))],
        [int(np.floor(z / 5.1 + 0.5))],
    )
    assert events.energy.tolist() == [1.5]
    assert events.i.tolist() == [2]
    assert events.j.tolist() == [-3]


def test_at_normal_incidence_a_mesh_layer_is_a_readout_layer() -> None:
    showers = showers_of(sparse(1))
    for method in METHODS:
        events = place(showers, CLD, method=method)
        for n in range(2):
            rows = slice(events.ptr[n], events.ptr[n + 1])
            layers = np.bincount(events.layer[rows], events.energy[rows], minlength=40)
            expected = showers.energy[n].sum(axis=(0, 1), dtype=np.float64)
            assert layers == pytest.approx(expected[:40])
            # The last five layers of the mesh are behind the stack.
            assert events.outside[n] == pytest.approx(expected[40:].sum())


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 10**6),
    st.sampled_from(METHODS),
    st.floats(0.9, 2.2),
    st.floats(0, 6.28),
    st.floats(-100, 100),
    st.sampled_from([CLD, ALLEGRO]),
)
def test_all_energy_is_in_cells_or_outside(
    seed: Any, method: Any, theta: Any, phi: Any, z: Any, readout: Any
) -> None:
    showers = showers_of(sparse(seed), theta, phi)
    events = place(showers, readout, np.full((2, 2), z), method=method, points=2, seed=seed)
    expected = showers.energy.sum(axis=(1, 2, 3), dtype=np.float64)
    assert events.total + events.outside == pytest.approx(expected, rel=1e-12)
    rows = np.stack([events.event, events.layer, events.i, events.j])
    assert len(np.unique(rows, axis=1).T) == len(events.energy)
    assert np.array_equal(np.lexsort(rows[::-1]), np.arange(len(events.energy)))


@pytest.mark.parametrize("method", METHODS)
def test_one_pitch_further_all_indices_are_one_further(method: str) -> None:
    showers = showers_of(sparse(3), 1.2, 0.1)
    here = place(showers, CLD, np.array([[0.3, 0.4], [1.1, -2.0]]), method=method)
    there = place(showers, CLD, np.array([[5.4, 0.4], [6.2, -2.0]]), method=method)
    assert np.array_equal(there.i, here.i + 1)
    assert np.array_equal(there.j, here.j)
    assert np.array_equal(there.layer, here.layer)
    assert np.array_equal(there.energy, here.energy)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("theta", "phi"), [(np.pi / 2, 0.0), (1.1, 0.2), (2.0, 6.1)])
def test_energy_goes_back_to_the_sheet_that_it_came_from(
    method: str, theta: float, phi: float
) -> None:
    """Deposits along the particle in every sheet, scored on a mesh so narrow that none is shared."""
    narrow = load_detector("CLD").model_copy(
        update={"mesh": MeshSpec(dr_mm=0.1, dz_mm=5.05, n_z=60)}
    )
    readout = make_readout(narrow)
    azimuth = float(narrow.staves.azimuth(phi))
    along = direction(theta, azimuth)
    depth = np.arange(40) * 5.05 + 2.4
    sideways = 0.15 * np.array([-np.sin(azimuth), np.cos(azimuth), 0])
    energy = np.arange(1.0, 41.0)
    points = depth[:, None] / along[0] * along + sideways
    cells = score(points, energy, theta, azimuth, narrow.mesh_geometry)
    shower = Showers(cells[None], Conditions(np.ones(1), np.array([theta]), np.array([phi])))
    events = place(shower, readout, method=method)
    energies = np.bincount(events.layer, events.energy, minlength=40)
    assert energies == pytest.approx(energy, rel=1e-6)
    # Half a cell, and the 0.15 mm to the side.
    seen = readout.seen(events)
    assert np.abs(seen).max() < 2.55 + 0.3


def test_less_than_a_pitch_further_the_same_shower_looks_different() -> None:
    showers = showers_of(sparse(3, n=1))
    here = place(showers, CLD, np.array([[0.0, 0.0]]), method="centre")
    there = place(showers, CLD, np.array([[0.0, 2.0]]), method="centre")
    assert len(here.energy) != len(there.energy) or not np.array_equal(here.j, there.j)


def test_points_of_uniform_are_centred_where_the_entrance_is() -> None:
    """A ring filled evenly around the particle: mean position at the entrance within 5 errors."""
    energy = np.zeros((1, *SHAPE))
    energy[0, :, :, 5] = (2 * np.arange(9) + 1)[:, None]  # a flat disc
    entrance = np.array([[1.7, -0.9]])
    events = place(showers_of(energy), CLD, entrance, method="uniform", points=2000)
    position = CLD.plane(events.layer, events.i, events.j)
    mean = (events.energy[:, None] * position).sum(axis=0) / events.energy.sum()
    error = 41.85 / 2 / np.sqrt(9 * 16 * 2000)
    assert np.all(np.abs(mean - entrance[0]) < 5 * error)


def test_showers_do_not_depend_on_the_chunk_they_come_in() -> None:
    showers = showers_of(sparse(4, n=3), 1.3, 0.2)
    together = place(showers, CLD, seed=9)
    apart = [place(showers[slice(n, n + 1)], CLD, seed=9, keys=np.array([n])) for n in range(3)]
    joined = ReadoutEvents.concatenate(apart)
    for name in ("ptr", "layer", "i", "j", "energy"):
        assert np.array_equal(getattr(together, name), getattr(joined, name))


def test_the_truth_is_kept_and_an_empty_shower_stays() -> None:
    energy = sparse(5, n=2)
    energy[0] = 0
    events = place(showers_of(energy, 1.1, 0.3), CLD, np.array([[1.0, 2], [3, 4]]))
    assert events.ptr[:2].tolist() == [0, 0]
    assert events.total[0] == 0
    assert events.truth.entrances[:, 0].tolist() == [[1, 2], [3, 4]]
    assert events.truth.photons == 1
    assert events.truth.separation.tolist() == [0, 0]


def test_beyond_the_readout_and_on_another_mesh() -> None:
    showers = showers_of(sparse(6, n=1))
    with pytest.raises(ConditionsError, match="z = 2300 mm, the readout of FCCeeCLD ends at 2210"):
        place(showers, CLD, np.array([[0.0, 2300.0]]))
    with pytest.raises(MeshMismatchError, match="not on the mesh of FCCeeCLD"):
        place(showers_of(np.zeros((1, 8, 16, 45))), CLD)
