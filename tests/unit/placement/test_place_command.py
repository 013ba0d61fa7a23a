"""``calobench place``: the table it writes, and bad input."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import OutputError, ShowerFileError
from calobench.io import write_lemurs
from calobench.io.hit_tables import open_hit_table
from calobench.placement.place import place
from calobench.placement.readout import make_readout
from calobench.placement.table import HitTable, place_in_detector
from calobench.showers import Conditions, Showers

CLD = load_detector("CLD")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["place", *(str(argument) for argument in arguments)])
    return int(stop.value.code or 0)


def sample(n: int = 5) -> Showers:
    rng = np.random.default_rng(1)
    energy = rng.exponential(size=(n, 9, 16, 45)) * (rng.random((n, 9, 16, 45)) < 0.01)
    theta, phi = rng.uniform(1, 2, n), rng.uniform(0, 6.28, n)
    return Showers(energy.astype(np.float32), Conditions(np.full(n, 1e4), theta, phi))


@pytest.fixture
def showers(tmp_path: Path) -> Path:
    path = tmp_path / "showers.h5"
    write_lemurs(path, [sample()], detector="FCCeeCLD", mesh=CLD.mesh_geometry)
    return path


def test_the_hdf5_table_holds_all_energy_where_the_particles_go(
    showers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hits.h5"
    assert run(showers, "-o", out) == 0
    assert "5 showers" in capsys.readouterr().out
    generated = sample()
    with h5py.File(out) as file:
        hits = HitTable(*(file[name][:] for name in HitTable._fields))
        assert file.attrs["detector"] == "FCCeeCLD"
        assert (file.attrs["method"], file.attrs["seed"]) == ("radial", 1)
    total = generated.energy.sum(axis=(1, 2, 3), dtype=np.float64)
    placed = np.bincount(hits.event, hits.energy)
    readout = make_readout(CLD)
    located = readout.locate(generated.conditions.theta, generated.conditions.phi)
    outside = place(generated, readout, located.entrance).outside
    assert placed + outside == pytest.approx(total, rel=1e-12)
    middle = np.stack(
        [np.bincount(hits.event, hits.energy * axis) / placed for axis in (hits.x, hits.y, hits.z)]
    )
    # The showers are random cells, 24 mm wide on average, so their middle is near the line.
    azimuth = np.arctan2(middle[1], middle[0])
    off = np.angle(np.exp(1j * (azimuth - generated.conditions.phi)))
    assert np.all(np.abs(off) * 2200 < 15)
    polar = np.arctan2(np.hypot(middle[0], middle[1]), middle[2])
    assert np.all(np.abs(polar - generated.conditions.theta) * 2200 < 15)
    assert np.hypot(hits.x, hits.y).min() > 2150


def test_text_and_hdf5_hold_the_same(showers: Path, tmp_path: Path) -> None:
    assert run(showers, "-o", tmp_path / "hits.h5", "--method", "centre") == 0
    assert run(showers, "-o", tmp_path / "hits.csv", "--method", "centre") == 0
    facts, *lines = (tmp_path / "hits.csv").read_text().splitlines()
    assert json.loads(facts.removeprefix("#"))["source"] == "showers.h5"
    rows = list(csv.DictReader(lines))
    with h5py.File(tmp_path / "hits.h5") as file:
        assert len(rows) == len(file["energy"])
        for name in HitTable._fields:
            values = np.array([float(row[name]) for row in rows])
            assert np.allclose(values, file[name][:], rtol=1e-6, atol=6e-4)


def test_the_table_does_not_depend_on_chunks() -> None:
    made, readout = sample(), make_readout(CLD)
    whole = next(iter(place_in_detector([made], readout)))
    parts = list(place_in_detector([made[slice(0, 2)], made[slice(2, 5)]], readout))
    for name in HitTable._fields:
        joined = np.concatenate([getattr(part.hits, name) for part in parts])
        assert np.array_equal(joined, getattr(whole.hits, name))


def test_where_the_file_says_that_photons_enter() -> None:
    made, readout = sample(), make_readout(CLD)
    here = next(iter(place_in_detector([made], readout)))
    moved = next(iter(place_in_detector([made], readout, np.full((5, 2), 5.1))))
    assert np.array_equal(moved.hits.j, here.hits.j + 1)
    assert moved.hits.z == pytest.approx(here.hits.z + 5.1)


def test_a_failed_table_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no space"), open_hit_table(tmp_path / "h.h5", {}):
        raise OSError("no space")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--detector", "Par04SiW"], "Par04SiW has no readout cells"),
        (["--detector", "ALLEGRO"], "mesh"),
        (["--detector", "CDL"], "did you mean"),
        (["--method", "center"], "did you mean 'centre'"),
        (["--points", "0"], "1<=x<=10000"),
        (["--points", "9" * 30], "1<=x<=10000"),
        (["--points", "x"], "--points"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_bad_input(
    arguments: list[str], named: str, showers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = showers.parent / "hits.h5"
    assert run(showers, "-o", out, *arguments) == 2
    message = capsys.readouterr().err
    assert named in message
    assert message.count("\n") == 1
    assert [path.name for path in showers.parent.iterdir()] == ["showers.h5"]


def test_bad_files(showers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "hits.h5"
    assert run(tmp_path / "none.h5", "-o", out) == 2
    assert "does not exist" in capsys.readouterr().err
    assert run(showers, "-o", showers) == 2
    assert "one file" in capsys.readouterr().err
    assert run(showers, "-o", tmp_path) == 2
    assert "is a folder" in capsys.readouterr().err
    out.touch()
    assert run(showers, "-o", out) == 2
    assert "--force" in capsys.readouterr().err
    assert out.stat().st_size == 0
    assert run(showers, "-o", out, "--force") == 0
    nameless = tmp_path / "nameless.h5"
    write_lemurs(nameless, [sample()])
    assert run(nameless, "-o", tmp_path / "other.h5") == 2
    assert "--detector" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((5, 0), r"shape \(5, 0\)"),
        ((5,), r"shape \(5,\)"),
        ((5, 3), r"shape \(5, 3\)"),
        ((4, 2), "4 entrance points for at least 5"),
    ],
)
def test_entrance_points_are_two_numbers_per_shower(shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(ShowerFileError, match=words):
        list(place_in_detector([sample()], make_readout(CLD), np.zeros(shape)))


@pytest.mark.parametrize("far", [np.nan, np.inf, 1e30, -1e6])
def test_entrance_points_are_places_on_a_detector(far: float) -> None:
    vertices = np.zeros((5, 2))
    vertices[3, 1] = far
    with pytest.raises(ShowerFileError, match="mm off; give"):
        list(place_in_detector([sample()], make_readout(CLD), vertices))


@pytest.mark.filterwarnings("error")
def test_entrance_points_may_be_kept_in_half_precision() -> None:
    vertices = np.array([[1.5, -3.25]] * 5)
    (single,) = place_in_detector([sample()], make_readout(CLD), vertices.astype(np.float16))
    (double,) = place_in_detector([sample()], make_readout(CLD), vertices)
    np.testing.assert_array_equal(single.hits.energy, double.hits.energy)
    np.testing.assert_array_equal(single.hits.y, double.hits.y)
