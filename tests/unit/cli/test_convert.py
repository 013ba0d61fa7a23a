from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench.cli import main
from calobench.io import LemursFile, write_lemurs
from calobench.io.writers.lemurs import LemursWriter
from calobench.showers import Conditions, Mesh, Showers

Capture = pytest.CaptureFixture[str]


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


@pytest.fixture
def challenge(tmp_path: Path) -> Path:
    path = tmp_path / "challenge.h5"
    with h5py.File(path, "w") as file:
        file["incident_energies"] = np.full((2, 1), 1e4)
        file["showers"] = np.full((2, 6480), 2.0)
    return path


@pytest.fixture
def lemurs(tmp_path: Path) -> Path:
    path = tmp_path / "lemurs.h5"
    conditions = Conditions(np.full(2, 50.0), np.full(2, 1.5), np.zeros(2))
    showers = Showers(np.full((2, 9, 16, 45), 0.5, np.float32), conditions)
    columns = {"total_deposit": np.array([8.0, 16.0]), "event": np.array([4, 5])}
    write_lemurs(
        path,
        [showers],
        detector="FCCeeCLD",
        mesh=Mesh(4.65, 5.05),
        attributes={"geant4": "11"},
        columns=columns,
    )
    return path


def test_calochallenge_is_recognised_and_multiplied_back(
    challenge: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out.h5"
    assert run("convert", challenge, out, "--detector", "SiW") == 0
    printed = capsys.readouterr().out
    assert "shower energies times 0.033 (sampling fraction 0.033 undone)" in printed
    with LemursFile(out) as file:
        assert file.detector == "Par04SiW"
        assert file.mesh == Mesh(4.65, 3.4)
        assert "times 0.033" in file.attributes["conversion"]
        showers = file.read()
    assert showers.energy == pytest.approx(0.066)
    assert showers.conditions.energy == pytest.approx(1e4)


def test_other_sampling_fraction(challenge: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    assert (
        run("convert", challenge, out, "--format", "calochallenge", "--sampling-fraction", 0.5) == 0
    )
    with LemursFile(out) as file:
        assert file.detector is None
        assert (file.read().energy == 1).all()


def test_gev_and_divisor(lemurs: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out.h5"
    assert run("convert", lemurs, out, "--energy-unit", "GeV", "--divide-by", 4) == 0
    assert "times 250 (GeV to MeV, divided by 4 as asked)" in capsys.readouterr().out
    with LemursFile(out) as file:
        showers = file.read()
        assert (showers.energy == 125).all()
        assert (showers.conditions.energy == 50_000).all()
        assert (file.columns["total_deposit"] == [2000, 4000]).all()
        assert (file.columns["event"] == [4, 5]).all()
        assert (file.detector, file.description) == ("FCCeeCLD", "11")


def test_existing_output_needs_force(lemurs: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out.h5"
    out.write_text("precious")
    assert run("convert", lemurs, out) == 2
    assert "exists; give another OUT, or replace it with --force" in capsys.readouterr().err
    assert out.read_text() == "precious"
    assert run("convert", lemurs, out, "--force") == 0
    with LemursFile(out) as file:
        assert len(file) == 2


def test_input_is_never_replaced(lemurs: Path, tmp_path: Path, capsys: Capture) -> None:
    before = lemurs.read_bytes()
    (tmp_path / "link.h5").symlink_to(lemurs)
    for same in (lemurs, tmp_path / "." / "lemurs.h5", tmp_path / "link.h5"):
        assert run("convert", lemurs, same, "--force") == 2
        assert "one file" in capsys.readouterr().err
    assert lemurs.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--detector", "ODDD"), "did you mean 'ODD'"),
        (("--detector", "ALLEGRO"), "has the mesh"),
        (("--format", "lemur"), "did you mean 'lemurs'"),
        (("--format", "calochallenge"), "looks like lemurs, not like calochallenge"),
        (("--divide-by", "0"), "--divide-by"),
        (("--energy-unit", "keV"), "--energy-unit"),
    ],
)
def test_bad_requests_leave_nothing(
    lemurs: Path, tmp_path: Path, capsys: Capture, options: tuple[str, ...], message: str
) -> None:
    assert run("convert", lemurs, tmp_path / "out.h5", *options) == 2
    error = capsys.readouterr().err
    assert error.startswith("calobench: error: ")
    assert message in error
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["lemurs.h5"]


def test_folder_as_output(lemurs: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run("convert", lemurs, tmp_path, "--force") == 2
    assert "is a folder" in capsys.readouterr().err


def test_bad_values_leave_nothing(challenge: Path, tmp_path: Path, capsys: Capture) -> None:
    with h5py.File(challenge, "a") as file:
        file["showers"][1, 7] = np.nan
    assert run("convert", challenge, tmp_path / "out.h5") == 2
    assert "'showers' holds NaN in shower 1" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["challenge.h5"]


def test_a_file_that_appears_meanwhile_is_kept(
    lemurs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    out, append = tmp_path / "out.h5", LemursWriter.append

    def append_late(writer: LemursWriter, *values: Any) -> None:
        append(writer, *values)
        out.write_text("theirs")

    monkeypatch.setattr(LemursWriter, "append", append_late)
    assert run("convert", lemurs, out) == 2
    assert "is kept" in capsys.readouterr().err
    assert out.read_text() == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lemurs.h5", "out.h5"]


@pytest.mark.parametrize("name", ["detector", "geant4", "mine"])
def test_attributes_that_are_no_text_are_marked(name: str, lemurs: Path, tmp_path: Path) -> None:
    """Latin-1 under the name of UTF-8, as C++ programs write it."""
    with h5py.File(lemurs, "r+") as file:
        file.attrs[name] = "Gr..e"
    lemurs.write_bytes(lemurs.read_bytes().replace(b"Gr..e", b"Gr\xf6\xdfe"))
    assert run("convert", lemurs, tmp_path / "o.h5", "--divide-by", "2") == 0
    with h5py.File(tmp_path / "o.h5") as file:
        assert file.attrs[name] == "Gr��e"
