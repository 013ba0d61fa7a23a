"""Cells of the readouts, against positions worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calobench.detectors import load_detector
from calobench.detectors.spec import DetectorSpec
from calobench.errors import SpecError
from calobench.placement.events import ReadoutEvents, Truth
from calobench.placement.readout import make_readout
from calobench.placement.square import SquareReadout
from calobench.placement.theta_module import ThetaModuleReadout
from calobench.showers.frame import direction

CLD = load_detector("CLD")
ALLEGRO = load_detector("ALLEGRO")
quick = settings(deadline=None, max_examples=50)
square = SquareReadout(CLD)
plates = ThetaModuleReadout(ALLEGRO)
INCLINATION = math.radians(39.82)


def one(*values: float) -> np.ndarray:
    return np.array([values], dtype=np.float64)


def event_of(layer: int, i: int, j: int, theta: float, phi: float) -> ReadoutEvents:
    truth = Truth(one(1e4), np.zeros((1, 1, 2)), np.array([theta]), np.array([phi]))
    layers, first, second = (np.array([index]) for index in (layer, i, j))
    return ReadoutEvents(
        np.array([0, 1]), layers, first, second, energy=np.array([1.0]), truth=truth
    )


def test_a_detector_without_readout_is_named() -> None:
    with pytest.raises(SpecError, match="Par04SiW has no readout cells"):
        make_readout(load_detector("SiW"))


def test_square_cells_are_centred_on_zero() -> None:
    points = np.array([[2.3, 0, 0], [2.3, 2.54, -2.54], [2.3, 2.56, -2.56], [7.4, 0, 51]])
    cells = square.cells(points, np.zeros((4, 2)))
    assert cells.inside.all()
    assert cells.layer.tolist() == [0, 0, 0, 1]
    assert cells.i.tolist() == [0, 0, 1, 0]
    assert cells.j.tolist() == [0, 0, -1, 10]


@quick
@given(st.integers(0, 39), st.integers(-100, 100), st.integers(-100, 100))
def test_the_centre_of_a_square_cell_is_in_it(layer: int, i: int, j: int) -> None:
    index = (np.array([layer]), np.array([i]), np.array([j]))
    position = square.positions(*index)
    assert position[0] == pytest.approx([5.05 * layer + 2.4, 5.1 * i, 5.1 * j])
    cells = square.cells(position, np.zeros((1, 2)))
    assert (cells.layer[0], cells.i[0], cells.j[0], cells.inside[0]) == (layer, i, j, True)


@quick
@given(st.floats(-300, 300), st.floats(-300, 300), st.integers(-20, 20), st.integers(-20, 20))
def test_an_entrance_moved_by_whole_cells_moves_the_indices(
    y: float, z: float, di: int, dj: int
) -> None:
    entrance, point = one(0.3, -0.7), one(10, y, z)
    before = square.cells(point, entrance)
    # A hair away from where rounding could decide.
    if min(abs((v / 5.1) % 1 - 0.5) for v in (y + 0.3, z - 0.7)) < 1e-9:
        return
    after = square.cells(point, entrance + one(5.1 * di, 5.1 * dj))
    assert (after.i - before.i).tolist() == [di]
    assert (after.j - before.j).tolist() == [dj]


def test_before_behind_and_beside_the_square_cells() -> None:
    points = np.array([[-0.1, 0, 0], [201.9, 0, 0], [202.1, 0, 0], [2, 0, 2211]])
    assert square.cells(points, np.zeros((4, 2))).inside.tolist() == [False, True, False, False]


def test_radial_layers_of_allegro_are_those_of_its_electrodes() -> None:
    thickness = np.diff(plates.radial_edges_mm)
    expected = [15.0, 31.1, 32.6, 34.1, 35.9, 37.6, 39.5, 41.5, 43.7, 46.0, 48.4]
    assert thickness == pytest.approx(expected, abs=0.06)
    assert plates.radial_edges_mm[-1] == pytest.approx(405.5, abs=0.01)


def test_along_the_radius_a_particle_sees_layer_after_layer() -> None:
    depth = (plates.radial_edges_mm[1:] + plates.radial_edges_mm[:-1]) / 2
    depth = depth[depth < 400]
    along = np.array([math.cos(INCLINATION), math.sin(INCLINATION), 0])
    cells = plates.cells(depth[:, None] * along, np.zeros((len(depth), 2)))
    assert cells.inside.all()
    assert cells.layer.tolist() == list(range(len(depth)))
    # Plates are 5.692 mm apart along their normal, two make a module.
    assert cells.i.tolist() == np.floor(depth * along[0] / 5.692 / 2).astype(int).tolist()


def test_strips_of_the_second_layer_are_four_times_finer() -> None:
    along = np.array([math.cos(INCLINATION), math.sin(INCLINATION), 0])
    z = np.linspace(-100, 100, 2001)
    counts = []
    for depth in (8.0, 30.0, 60.0):
        points = depth * along + np.stack([0 * z, 0 * z, z], axis=1)
        counts.append(len(np.unique(plates.cells(points, np.zeros((len(z), 2))).j)))
    theta = 2 * math.atan(100 / 2200) / 0.009817477
    assert counts[0] == pytest.approx(theta, abs=1.5)
    assert counts[1] == pytest.approx(4 * theta, abs=2.5)
    assert counts[2] == pytest.approx(theta, abs=1.5)


@quick
@given(st.integers(0, 9), st.integers(2, 24), st.integers(20, 140))
def test_the_centre_of_a_plate_cell_is_in_it(layer: int, i: int, j: int) -> None:
    theta = 0.5902785 + 0.00245436925 * (4 * j + 1.5)
    j = 4 * j + 1 if layer == 1 else j
    if not 0.95 < theta < 2.19:
        return
    index = (np.array([layer]), np.array([i]), np.array([j]))
    position = plates.positions(*index)
    cells = plates.cells(position, np.zeros((1, 2)))
    assert (cells.layer[0], cells.i[0], cells.j[0], cells.inside[0]) == (layer, i, j, True)


def test_y_counts_to_the_nearest_plate() -> None:
    plate = 2 * math.pi * 2172.8 / 1536
    moved = plates.placeable(np.array([[0.4 * plate, 7.0], [-2.6 * plate, 8.0]]))
    assert moved == pytest.approx(np.array([[0, 7.0], [-3 * plate, 8.0]]))
    points = np.repeat(one(30, 10, 0), 3, axis=0)
    entrances = np.array([[0.0, 0], [2 * plate, 0], [-2 * plate, 0]])
    cells = plates.cells(points, entrances)
    assert (cells.i - cells.i[0]).tolist() == [0, -1, 1]
    assert (square.placeable(moved) == moved).all()


@quick
@given(st.floats(0.9, 2.2), st.floats(0, 6.28), st.integers(0, 39))
def test_cells_along_a_particle_are_seen_where_it_enters(
    theta: float, phi: float, layer: int
) -> None:
    azimuth = CLD.staves.azimuth(phi)
    along = direction(theta, azimuth)
    point = along * (5.05 * layer + 2.4) / along[0]
    cells = square.cells(point[None], np.zeros((1, 2)))
    event = event_of(layer, int(cells.i[0]), int(cells.j[0]), theta, phi)
    # Only the cell is known, so half a cell may be missing.
    assert np.abs(square.seen(event)).max() <= 2.55 + 1e-6


def test_cells_of_plates_along_a_radial_particle_are_seen_where_it_enters() -> None:
    along = np.array([math.cos(INCLINATION), math.sin(INCLINATION), 0])
    for depth in (7, 50, 150, 350):
        cells = plates.cells((depth * along)[None], one(0, 50))
        index = (int(cells.layer[0]), int(cells.i[0]), int(cells.j[0]))
        y, z = plates.seen(event_of(*index, math.pi / 2, 0.3))[0]
        # Half a cell: 21 mm along the beam; a module's board crosses the layer at an angle.
        assert abs(z - 50) < 12
        assert abs(y) < 30


@quick
@given(st.floats(0.9, 2.2), st.floats(0, 6.28))
@pytest.mark.parametrize("readout", [square, plates], ids=["square", "plates"])
def test_particles_from_the_middle_are_located_on_their_line(
    readout: SquareReadout | ThetaModuleReadout, theta: float, phi: float
) -> None:
    located = readout.locate(np.array([theta]), np.array([phi]))
    y, z = located.entrance[0]
    position = readout.to_global(one(0, y, z), located.turn)[0]
    along = direction(theta, phi)
    off = position - along * (position @ along)
    # ALLEGRO's showers are turned to the nearest module, 17.8 mm wide.
    assert np.linalg.norm(off) < (1e-6 if readout is square else 17.8 / 2 + 0.01)
    assert np.hypot(*position[:2]) >= readout.detector.inner_radius_mm - 1e-6


def test_staves_and_modules_are_counted_around_the_barrel() -> None:
    located = square.locate(np.full(13, 1.5), np.arange(13) * math.pi / 6)
    assert located.stave.tolist() == [*range(12), 0]
    stave, i = square.numbered(located.stave, np.zeros(13), np.arange(13))
    assert (stave.tolist(), i.tolist()) == (located.stave.tolist(), list(range(13)))
    located = plates.locate(np.full(2, 1.5), np.array([0.0, 2 * math.pi * 100 / 768]))
    stave, i = plates.numbered(located.stave, np.zeros(2, int), np.array([5, 5]))
    assert stave.tolist() == [0, 0]
    assert i.tolist() == [5, 5 - 100 + 768]


def bad(change: dict[str, object]) -> DetectorSpec:
    content = CLD.model_dump(mode="json")
    content["readout"] = {**content["readout"], **change}
    return DetectorSpec.model_validate(content)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"cells": {"kind": "square", "size_mm": 0}}, "size_mm"),
        ({"cells": {"kind": "round"}}, "kind"),
        ({"threshold_mev": -1}, "threshold_mev"),
        ({"colour": 1}, "colour"),
        ({"cells": ALLEGRO.readout.cells.model_dump(mode="json")}, "inclined plates"),
    ],
)
def test_bad_readout_in_a_yaml(change: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        bad(change)


def test_layers_of_plates_must_agree() -> None:
    content = ALLEGRO.model_dump(mode="json")
    content["readout"]["cells"]["merged_theta"] = [4, 1]
    with pytest.raises(ValueError, match="merged_theta must have 11 values"):
        DetectorSpec.model_validate(content)


@pytest.mark.parametrize("name", ["CLD", "ODD", "ALLEGRO"])
def test_every_number_of_a_readout_has_a_source(name: str) -> None:
    readout = load_detector(name).readout
    assert readout is not None
    assert set(readout.sources) == {"cells", "half_length_mm", "threshold_mev", "noise_mev"}
