from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench._util.resources import data_specs_dir
from calobench.cli import main
from calobench.io import write_lemurs
from calobench.showers import Conditions, Mesh, Showers

Capture = pytest.CaptureFixture[str]
CLD_MESH = Mesh(4.65, 5.05)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def sample(path: Path, cell: float, energy: float = 50_000, **options: Any) -> Path:
    """Four showers of equal cells, so that visible / incident energy is 6480 cell / energy."""
    conditions = Conditions(np.full(4, energy), np.full(4, 1.5), np.zeros(4))
    write_lemurs(path, [Showers(np.full((4, 9, 16, 45), cell, np.float32), conditions)], **options)
    return path


def test_bundled_sample_gives_no_warning(capsys: Capture) -> None:
    assert run("inspect", data_specs_dir() / "reference" / "FCCeeCLD.h5") == 0
    printed = capsys.readouterr().out
    assert "FCCeeCLD has 0.02558" in printed
    assert "9x16x45 cells of 4.65 mm x 5.05 mm" in printed
    assert "total_deposit" in printed
    assert "warning" not in printed


def test_numbers_in_closed_form(tmp_path: Path, capsys: Capture) -> None:
    path = sample(tmp_path / "a.h5", 0.2, detector="FCCeeCLD", mesh=CLD_MESH)
    assert run("inspect", path) == 0
    printed = capsys.readouterr().out
    assert "4 of 9 x 16 x 45 cells (r, phi, z), float32" in printed
    assert "1296 MeV" in printed  # 6480 cells of 0.2 MeV
    assert "0.02592 +-" in printed
    assert "0 of 4" in printed
    assert "0.00%" in printed


@pytest.mark.parametrize(
    ("cell", "energy", "message"),
    [
        (0.2e-3, 50_000, "warning: visible / incident energy is 2.59e-05"),
        (7.5, 50_000, "divided by a sampling fraction"),
        (0.2e-3, 50, "look like GeV"),
        (0.8, 200_000, "incident energy 200000 MeV of shower 0 is outside"),
    ],
)
def test_suspicions(
    tmp_path: Path, capsys: Capture, cell: float, energy: float, message: str
) -> None:
    path = sample(tmp_path / "a.h5", cell, energy, detector="FCCeeCLD", mesh=CLD_MESH)
    assert run("inspect", path) == 0
    assert message in capsys.readouterr().out


def test_detector_on_the_command_line(tmp_path: Path, capsys: Capture) -> None:
    path = sample(tmp_path / "a.h5", 0.2, mesh=CLD_MESH)
    assert run("inspect", path) == 0
    assert "the file names no detector; compare with --detector" in capsys.readouterr().out
    assert run("inspect", path, "--detector", "CLD") == 0
    assert "warning" not in capsys.readouterr().out
    assert run("inspect", path, "--detector", "ALLEGRO") == 0
    assert "has the mesh 9x16x45 cells of 4.65 mm x 5.05 mm" in capsys.readouterr().out


def test_unknown_detector_in_the_file_is_not_followed(tmp_path: Path, capsys: Capture) -> None:
    path = sample(tmp_path / "a.h5", 0.2, detector="/somewhere/mine.yaml")
    assert run("inspect", path) == 0
    assert "'/somewhere/mine.yaml' is not a known detector" in capsys.readouterr().out


def test_progress_is_shown_beside_the_output(tmp_path: Path, capsys: Capture) -> None:
    assert run("inspect", sample(tmp_path / "a.h5", 0.2, detector="FCCeeCLD")) == 0
    captured = capsys.readouterr()
    assert "reading" not in captured.out
    assert "reading" in captured.err


def test_bad_files_are_one_line_and_code_2(tmp_path: Path, capsys: Capture) -> None:
    damaged = sample(tmp_path / "a.h5", 0.2)
    with h5py.File(damaged, "a") as file:
        file["showers"][3, 0, 0, 0] = -1
    for path, message in (
        (tmp_path / "none.h5", "does not exist"),
        (tmp_path, "is a folder"),
        (damaged, "negative energy (-1 MeV) in shower 3"),
    ):
        assert run("inspect", path) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.startswith("calobench: error: ")
        assert error.count("\n") == 1
