"""Two showers laid over each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.benchmarks.diphoton.events import in_line, overlay, overlay_cells
from calobench.detectors import load_detector
from calobench.errors import ConditionsError, SpecError
from calobench.placement.events import ReadoutEvents
from calobench.placement.place import place
from calobench.placement.readout import make_readout
from calobench.showers import Conditions, Showers

CLD = make_readout(load_detector("CLD"))
ALLEGRO = make_readout(load_detector("ALLEGRO"))
SHAPE = (9, 16, 45)


def showers_of(seed: int, n: int = 3, energy: float = 1e4, theta: float = np.pi / 2) -> Showers:
    rng = np.random.default_rng(seed)
    cells = rng.exponential(size=(n, *SHAPE)) * (rng.random((n, *SHAPE)) < 0.02)
    conditions = Conditions(np.full(n, energy), np.full(n, theta), np.zeros(n))
    return Showers(cells.astype(np.float32), conditions)


def summed(*parts: ReadoutEvents) -> ReadoutEvents:
    """The same events of all parts added up, without the code under test."""
    sums: dict[tuple[int, ...], float] = {}
    for part in parts:
        for row, energy in zip(
            zip(part.event, part.layer, part.i, part.j, strict=True), part.energy, strict=True
        ):
            sums[row] = sums.get(row, 0) + energy
    keys = np.array(sorted(sums))
    return ReadoutEvents.from_cells(
        keys[:, 0],
        keys[:, 1:].T,
        np.array([sums[tuple(key)] for key in keys]),
        parts[0].truth,
        np.zeros(len(parts[0])),
    )


def same_cells(one: ReadoutEvents, other: ReadoutEvents) -> None:
    for name in ("ptr", "layer", "i", "j"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert one.energy == pytest.approx(other.energy, rel=1e-12)


@pytest.mark.parametrize("readout", [CLD, ALLEGRO], ids=["CLD", "ALLEGRO"])
def test_an_event_is_the_sum_of_its_showers_placed_one_by_one(readout: Any) -> None:
    first, second = showers_of(1), showers_of(2, energy=5e3)
    separation, vertex = np.array([0.0, 7.3, 30.0]), np.array([[0.0, 50], [0, 51], [0, 49.2]])
    events = overlay(first, second, readout, separation, vertex, seed=4)
    half = np.stack([np.zeros(3), separation / 2], axis=1)
    apart = [
        place(one, readout, vertex + sign * half, seed=4, keys=np.arange(3) * 2 + photon)
        for photon, (one, sign) in enumerate([(first, -1), (second, 1)])
    ]
    same_cells(events, summed(*apart))
    assert events.outside == pytest.approx(apart[0].outside + apart[1].outside)
    assert events.truth.energies.tolist() == [[1e4, 5e3]] * 3
    assert events.truth.separation == pytest.approx(separation)
    assert events.truth.vertex == pytest.approx(vertex)
    total = (first.energy + second.energy).sum(axis=(1, 2, 3), dtype=np.float64)
    assert events.total + events.outside == pytest.approx(total)


def test_one_pair_in_several_events_lands_differently() -> None:
    pair = np.array([0, 0, 2, 2])
    vertex = np.array([[0.0, 50], [1.9, 50.0], [0, 50], [0, 50]])
    events = overlay(
        showers_of(1), showers_of(2), CLD, np.array([3.0, 3, 3, 14]), vertex, pair=pair
    )
    assert len(events) == 4
    assert events.total[0] + events.outside[0] == pytest.approx(events.total[1] + events.outside[1])
    assert events.total[0] != pytest.approx(events.total[2])
    ones = [events[slice(n, n + 1)] for n in range(2)]
    assert not np.array_equal(ones[0].energy, ones[1].energy)


def test_events_do_not_depend_on_how_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = (showers_of(1), showers_of(2), CLD, np.full(3, 9.0), np.zeros((3, 2)))
    together = overlay(*arguments)
    monkeypatch.setattr("calobench.benchmarks.diphoton.events._CHUNK", 2)
    same_cells(overlay(*arguments), together)


def test_a_photon_beyond_the_readout() -> None:
    with pytest.raises(ConditionsError, match="bring the photons closer"):
        overlay(showers_of(1), showers_of(2), CLD, np.full(3, 5000.0), np.zeros((3, 2)))


def test_pairs_that_do_not_fit() -> None:
    first = showers_of(1)
    with pytest.raises(ConditionsError, match="3 showers cannot be paired with 2"):
        overlay(first, showers_of(2, n=2), CLD, np.zeros(3), np.zeros((3, 2)))
    with pytest.raises(ConditionsError, match=r"not parallel, theta differs by 0\.3"):
        overlay(first, showers_of(2, theta=np.pi / 2 - 0.3), CLD, np.zeros(3), np.zeros((3, 2)))
    with pytest.raises(ConditionsError, match="3 separations, 2 vertices"):
        overlay(first, showers_of(2), CLD, np.zeros(3), np.zeros((2, 2)))


def singles(seed: int, n: int = 60) -> ReadoutEvents:
    entrances = (np.random.default_rng(seed + 100).random((n, 2)) - 0.5) * 5.1
    return place(showers_of(seed, n=n), CLD, entrances, seed=seed)


def test_cells_are_moved_by_whole_cells_to_the_nearest_separation() -> None:
    first, second = singles(1), singles(2)
    separations = np.linspace(0, 30, 60)
    events = overlay_cells(first, second, CLD, separations)
    apart = events.truth.entrances[:, 1] - events.truth.entrances[:, 0]
    assert np.abs(apart[:, 1] - separations).max() <= 2.55 + 1e-9
    assert np.abs(apart[:, 0]).max() <= 2.55 + 1e-9
    moved = events.truth.entrances[:, 1] - second.truth.entrances[:, 0]
    cells = np.rint(moved / 5.1)
    assert moved == pytest.approx(cells * 5.1)
    shifted = ReadoutEvents(
        second.ptr,
        second.layer,
        second.i + cells[second.event, 0].astype(int),
        second.j + cells[second.event, 1].astype(int),
        second.energy,
        second.truth,
    )
    same_cells(events, summed(first, shifted))
    assert events.outside == pytest.approx(first.outside + second.outside)


def test_pairing_in_line_leaves_little_offset_across_the_beam() -> None:
    first, second = singles(1), singles(2)
    events = overlay_cells(first, second[in_line(first, second, CLD)], CLD, np.full(60, 10.0))
    across = events.truth.entrances[:, 1, 0] - events.truth.entrances[:, 0, 0]
    unsorted = overlay_cells(first, second, CLD, np.full(60, 10.0)).truth.entrances
    assert across.std() < 0.4 * (unsorted[:, 1, 0] - unsorted[:, 0, 0]).std()


def test_what_cannot_be_moved_by_whole_cells() -> None:
    one = singles(1, n=3)
    with pytest.raises(SpecError, match="FCCeeALLEGRO are not square"):
        overlay_cells(one, one, ALLEGRO, np.zeros(3))
    two = overlay_cells(one, one, CLD, np.zeros(3))
    with pytest.raises(ConditionsError, match="one photon"):
        overlay_cells(two, one, CLD, np.zeros(3))
    with pytest.raises(ConditionsError, match="paired"):
        overlay_cells(one, singles(1, n=2), CLD, np.zeros(3))
