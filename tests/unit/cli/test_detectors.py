from __future__ import annotations

from pathlib import Path

import pytest

from calobench._util.resources import data_specs_dir
from calobench.cli import main
from calobench.detectors import detector_names

Capture = pytest.CaptureFixture[str]


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def test_all_fit_into_80_columns(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run("detectors") == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines[2:]]
    assert [row[0] for row in rows] == detector_names()
    assert rows[detector_names().index("FCCeeALLEGRO")] == (
        [
            "FCCeeALLEGRO",
            "ALLEGRO",
            "54",
            "307.4",
            "9x16x45",
            "10,10",
            "1-100",
            "0.87-2.27",
            "0.1166",
        ]
    )


@pytest.mark.parametrize("name", ["allegro", "FCCeeALLEGRO"])
def test_one_in_detail(capsys: Capture, name: str) -> None:
    assert run("detectors", name) == 0
    printed = capsys.readouterr().out
    for text in ("39.82 degrees", "G4_lAr", "10 mm x 10 mm", "Where the numbers come from"):
        assert text in printed


@pytest.mark.parametrize(
    ("name", "shape"), [("SiW", "cylinder"), ("ODD", "16 staves"), ("CLD", "12 staves")]
)
def test_shapes(capsys: Capture, name: str, shape: str) -> None:
    assert run("detectors", name) == 0
    assert shape in capsys.readouterr().out


def test_path_of_a_yaml(capsys: Capture, tmp_path: Path) -> None:
    assert run("detectors", data_specs_dir() / "detectors" / "ODD.yaml") == 0
    assert "Open Data Detector" in capsys.readouterr().out
    assert run("detectors", tmp_path / "none.yaml") == 2
    assert "cannot read detector file" in capsys.readouterr().err


def test_unknown_name(capsys: Capture) -> None:
    assert run("detectors", "ALEGRO") == 2
    assert "did you mean 'ALLEGRO'" in capsys.readouterr().err
