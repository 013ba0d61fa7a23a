"""The type of events in cells: choosing, adding, reading and writing."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from calobench.errors import ShowerFileError
from calobench.io import LemursFile
from calobench.io.readout_cells import has_readout_cells, read_readout_events
from calobench.io.writers.readout import ReadoutWriter
from calobench.placement.events import ReadoutEvents, Truth
from calobench.showers import Conditions, Showers

SHARED = Path(__file__).parents[3].parent / "shared" / "reference"


def truth_of(n: int) -> Truth:
    entrances = np.arange(2.0 * n).reshape(n, 1, 2)
    return Truth(np.full((n, 1), 1e4), entrances, np.full(n, 1.5), np.zeros(n))


def three() -> ReadoutEvents:
    """Events of 2, 0 and 3 cells."""
    event = np.array([0, 2, 2, 0, 2])
    cells = np.array([[1, 0, 0, 0, 5], [2, 2, -1, 2, 0], [3, 3, 3, 3, 0]])
    energy = np.array([1.0, 2, 4, 8, 16])
    return ReadoutEvents.from_cells(event, cells, energy, truth_of(3), np.array([0.0, 1, 2]))


def test_cells_are_sorted_and_an_empty_event_stays() -> None:
    events = three()
    assert events.ptr.tolist() == [0, 2, 2, 5]
    assert events.event.tolist() == [0, 0, 2, 2, 2]
    assert events.layer.tolist() == [0, 1, 0, 0, 5]
    assert events.i.tolist() == [2, 2, -1, 2, 0]
    assert events.total.tolist() == [9, 0, 22]


def test_energies_of_one_cell_are_added() -> None:
    cells = np.array([[1, 1, 1], [-7, -7, -7], [0, 0, 1]])
    energy = np.array([0.1, 0.2, 0.4])
    events = ReadoutEvents.from_cells(np.zeros(3, int), cells, energy, truth_of(1), np.zeros(1))
    assert events.energy == pytest.approx([0.3, 0.4])
    assert events.j.tolist() == [0, 1]


@pytest.mark.parametrize(
    "rows", [slice(1, 3), np.array([2, 0, 2]), np.array([True, False, True]), slice(0, 0)]
)
def test_choosing_events(rows: slice | np.ndarray) -> None:
    events = three()
    chosen = events[rows]
    expected = np.arange(3)[rows]
    assert len(chosen) == len(expected)
    for n, m in enumerate(expected):
        here, there = slice(*chosen.ptr[n : n + 2]), slice(*events.ptr[m : m + 2])
        assert chosen.energy[here].tolist() == events.energy[there].tolist()
        assert chosen.i[here].tolist() == events.i[there].tolist()
        assert np.array_equal(chosen.truth.entrances[n], events.truth.entrances[m])
        assert chosen.outside[n] == events.outside[m]


def test_choosing_cells_keeps_every_event() -> None:
    events = three()
    few = events.with_cells(events.energy > 3)
    assert few.ptr.tolist() == [0, 1, 1, 3]
    assert few.energy.tolist() == [8, 4, 16]
    double = events.with_cells(events.energy > 3, 2 * events.energy)
    assert double.energy.tolist() == [16, 8, 32]


def test_concatenating_is_the_inverse_of_choosing() -> None:
    events = three()
    again = ReadoutEvents.concatenate([events[slice(0, 1)], events[slice(1, 3)]])
    for name in ("ptr", "layer", "i", "j", "energy", "outside"):
        assert np.array_equal(getattr(events, name), getattr(again, name))
    assert np.array_equal(events.truth.entrances, again.truth.entrances)


def test_cells_that_fit_no_events_are_refused() -> None:
    events = three()
    with pytest.raises(ShowerFileError, match="do not fit"):
        ReadoutEvents(events.ptr, events.layer[1:], events.i, events.j, events.energy, events.truth)


def test_separation_and_mid_point_of_two_photons() -> None:
    entrances = np.array([[[1.0, 40.0], [1.0, 60.0]], [[0.0, 0.0], [3.0, 4.0]]])
    truth = Truth(np.full((2, 2), 1e4), entrances, np.full(2, 1.5), np.zeros(2))
    assert truth.separation.tolist() == [20, 5]
    assert truth.vertex.tolist() == [[1, 50], [1.5, 2]]


def write(path: Path, events: ReadoutEvents, columns: dict[str, np.ndarray]) -> None:
    n = len(events)
    conditions = Conditions(np.full(n, 1e4), np.full(n, 1.5), np.zeros(n))
    showers = Showers(np.zeros((n, 9, 16, 45), np.float32), conditions)
    with ReadoutWriter(path, detector="FCCeeCLD") as writer:
        for rows in (slice(0, 1), slice(1, n)):
            writer.append(showers[rows], {name: c[rows] for name, c in columns.items()})
            writer.append_cells(events[rows])


def test_writing_and_reading(tmp_path: Path) -> None:
    events, path = three(), tmp_path / "cells.h5"
    columns = {"vertex_yz": events.truth.entrances[:, 0].astype(np.float32)}
    write(path, events, columns)
    assert has_readout_cells(path)
    again = read_readout_events(path)
    for name in ("ptr", "layer", "i", "j", "energy"):
        assert np.array_equal(getattr(events, name), getattr(again, name))
    assert np.array_equal(again.truth.entrances, events.truth.entrances)
    with LemursFile(path) as file:
        assert set(file.columns) == {"vertex_yz"}


def test_two_photons_lie_around_their_vertex(tmp_path: Path) -> None:
    path = tmp_path / "two.h5"
    columns = {
        "vertex_yz": np.array([[1, 50], [2, 51], [3, 52]], np.float32),
        "separation": np.array([10, 20, 0], np.float32),
        "second_energy": np.array([1e3, 2e3, 3e3], np.float32),
    }
    write(path, three(), columns)
    truth = read_readout_events(path).truth
    assert truth.entrances[0].tolist() == [[1, 45], [1, 55]]
    assert truth.separation.tolist() == [10, 20, 0]
    assert truth.energies[1].tolist() == [1e4, 2e3]


def damaged(path: Path, name: str, values: np.ndarray | None) -> None:
    write(path, three(), {})
    with h5py.File(path, "r+") as file:
        del file[name]
        if values is not None:
            file[name] = values


@pytest.mark.parametrize(
    ("name", "values", "named"),
    [
        ("cells_ptr", None, "--readout"),
        ("cells_ptr", np.array([0, 2, 5]), "'cells_ptr' has 3 values for 3 showers"),
        ("cells_ptr", np.array([0, 2, 1, 5]), "go from 0 to 5 and fall after event 1$"),
        (
            "cells_ptr",
            np.array([0, 2, 2, 4]),
            "the number of cells, 5; the pointers go from 0 to 4$",
        ),
        ("cells_ptr", np.array([1, 2, 2, 5]), "rise from 0 .* go from 1 to 5$"),
        ("cells_ptr", np.array([0, 9, 9, 5]), "fall after event 2$"),
        ("cells_ptr", np.array([0, np.nan, 2, 5]), "'cells_ptr' holds values of type float64"),
        ("cells_energy", np.array([1, 2, np.nan, 4, 5]), "nan in row 2"),
        ("cells_energy", np.array([1, 2, 3, -4.0, 5]), "-4 in row 3"),
        ("cells_energy", np.array([1, 2, 3.0]), "do not fit"),
        ("cells_energy", np.ones((5, 2)), r"'cells_energy' has the shape \(5, 2\)"),
        ("cells_layer_y_z", np.zeros((5, 3)), "float64"),
        ("cells_layer_y_z", np.zeros((5, 2), int), "shape"),
        ("incident_theta", np.full(3, 9.0), "incident_theta"),
    ],
)
def test_impossible_files(tmp_path: Path, name: str, values: np.ndarray | None, named: str) -> None:
    path = tmp_path / "bad.h5"
    damaged(path, name, values)
    with pytest.raises(ShowerFileError, match=named):
        read_readout_events(path)


@pytest.mark.parametrize(
    ("name", "values", "named"),
    [
        (
            "vertex_yz",
            [[1, 2], [3, np.nan], [5, 6]],
            "'vertex_yz' holds nan in row 1; .* be finite:",
        ),
        ("vertex_yz", [1, 2, 3], r"'vertex_yz' has the shape \(3,\); write \(3, 2\)"),
        ("separation", [1, 2, np.inf], "'separation' holds inf in row 2"),
        ("separation", [1, -2, 3], "'separation' holds -2 in row 1; .* finite and not negative:"),
        ("second_energy", [np.nan, 2, 3], "'second_energy' holds nan in row 0"),
    ],
)
def test_impossible_photons(tmp_path: Path, name: str, values: list[float], named: str) -> None:
    path = tmp_path / "bad.h5"
    columns = {"separation": np.ones(3), name: np.array(values, np.float32)}
    write(path, three(), columns)
    with pytest.raises(ShowerFileError, match=named):
        read_readout_events(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ShowerFileError, match="does not exist"):
        read_readout_events(tmp_path / "none.h5")


@pytest.mark.skipif(not SHARED.exists(), reason=f"no reference samples in {SHARED}")
def test_the_two_photon_reference_sample() -> None:
    path = SHARED / "FCCeeCLD_diphoton_20GeV_seed1.h5"
    events = read_readout_events(path)
    assert (len(events), events.truth.photons) == (100, 2)
    assert np.all((events.truth.separation >= 0) & (events.truth.separation <= 30 + 1e-4))
    with LemursFile(path) as file:
        assert events.total == pytest.approx(file.columns["total_deposit"], rel=1e-4)
