"""Bad input to ``calobench simulate``: one line, a name, exit code 2, and no litter."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import ConditionsError
from calobench.simulate import Production, make_beam


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["simulate", *arguments])
    return stop.value.code if isinstance(stop.value.code, int) else -1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--detector", "CDL"], "did you mean"),
        (["--detector", "CLD", "-n", "0"], "-n 1 or more"),
        (["--detector", "CLD", "-n", "many"], "not a valid integer"),
        (["--detector", "CLD", "--energy", "5:x"], "--energy '5:x'"),
        (["--detector", "CLD", "--energy", "500"], "outside 1:100 GeV"),
        (["--detector", "CLD", "--theta", "3"], "--theta"),
        (["--detector", "CLD", "--phi", "0:400"], "radians"),
        (["--detector", "CLD", "--two-photons", "30:0"], "lower value first"),
        (["--detector", "CLD", "--workers", "0"], "'--workers': 0 is not in the range"),
        (
            ["--detector", "CLD", "--shard", "1/2", "--force"],
            "would remove the shards of other jobs",
        ),
        (["--detector", "CLD", "--seed", "-1"], "--seed"),
        (["--detector", "CLD", "--fast-above", "2"], "give one with --fast-model"),
        (["--detector", "CLD", "--model-arg", "unit=GeV"], "give one with --fast-model"),
        (["--detector", "CLD", "--fast-model", "some.h5"], "some.h5 is a file of showers"),
        (["--detector", "CLD", "--fast-model", "distiled"], "did you mean 'distilled'"),
        (
            [
                "--detector",
                "CLD",
                "--fast-model",
                "distilled",
                "--energy",
                "1:5",
                "--fast-above",
                "5",
            ],
            "no photon has more than 5 GeV",
        ),
    ],
)
def test_bad_input(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments, "--out", "showers.h5") == 2
    message = capsys.readouterr().err
    assert named in message
    assert message.startswith("calobench: error: ")
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_output_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--detector", "CLD") == 2
    assert "--out" in capsys.readouterr().err


def test_an_existing_output_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "showers.h5"
    out.write_text("mine")
    assert run("--detector", "CLD", "--out", str(out)) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text() == "mine"
    assert run("--detector", "CLD", "--out", str(tmp_path)) == 2
    assert "is a folder" in capsys.readouterr().err


@pytest.mark.skipif(find_spec("geant4_pybind") is None, reason="Geant4 is not installed")
def test_missing_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere, out = str(tmp_path / "nowhere"), str(tmp_path / "showers.h5")
    assert run("--detector", "CLD", "--geant4-data", nowhere, "--out", out) == 2
    assert f"G4EMLOW is not in {nowhere}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nearly_full = SimpleNamespace(total=10**12, used=10**12 - 10**6, free=10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: nearly_full)
    assert run("--detector", "CLD", "--out", str(tmp_path / "a" / "showers.h5")) == 2
    assert "make room" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_settings_name_all_that_changes_a_shower() -> None:
    cld = load_detector("CLD")
    base = Production(cld, make_beam(cld), 10, 1).settings("G4EMLOW8.8")
    for other in (
        Production(load_detector("ODD"), make_beam(cld), 10, 1).settings("G4EMLOW8.8"),
        Production(cld, make_beam(cld, "5"), 10, 1).settings("G4EMLOW8.8"),
        Production(cld, make_beam(cld), 11, 1).settings("G4EMLOW8.8"),
        Production(cld, make_beam(cld), 10, 2).settings("G4EMLOW8.8"),
        Production(cld, make_beam(cld), 10, 1).settings("G4EMLOW8.9"),
    ):
        assert other != base


def test_a_production_has_showers() -> None:
    with pytest.raises(ConditionsError, match="-n 1"):
        Production(load_detector("CLD"), make_beam(load_detector("CLD")), -5, 1)
