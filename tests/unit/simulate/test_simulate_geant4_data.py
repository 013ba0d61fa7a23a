"""Geant4's data are located without any prompt."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from calobench.errors import Geant4Error
from calobench.simulate.geant4_data import geant4_environment, require_geant4


def data_sets(folder: Path, low_energy: str = "G4EMLOW", states: str = "G4ENSDFSTATE") -> Path:
    (folder / low_energy / "brem_SB").mkdir(parents=True)
    (folder / states).mkdir(exist_ok=True)
    (folder / states / "ENSDFSTATE.dat").touch()
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


def test_every_variable_is_set(tmp_path: Path) -> None:
    folder = data_sets(tmp_path / "data")
    environment = geant4_environment(folder, {})
    assert len(environment) == 13
    assert environment["G4LEDATA"] == str(folder / "G4EMLOW")
    assert environment["GEANT4_DATA_DIR"] == str(folder)
    assert all(Path(value).is_dir() for value in environment.values())


def test_the_newest_version_is_taken(tmp_path: Path) -> None:
    for version in ("8.8", "8.10", "8.9.1"):
        data_sets(tmp_path, f"G4EMLOW{version}", "G4ENSDFSTATE3.0")
    (tmp_path / "G4EMLOW9.tar").touch()
    assert geant4_environment(tmp_path, {})["G4LEDATA"] == str(tmp_path / "G4EMLOW8.10")


def test_the_folder_given_wins_over_the_environment(tmp_path: Path) -> None:
    given, other = data_sets(tmp_path / "given"), data_sets(tmp_path / "other")
    environ = {"G4LEDATA": str(other / "G4EMLOW")}
    assert geant4_environment(given, environ)["G4LEDATA"] == str(given / "G4EMLOW")
    assert geant4_environment(None, environ)["G4LEDATA"] == str(other / "G4EMLOW")


def test_one_variable_is_enough_when_the_sets_lie_together(tmp_path: Path) -> None:
    folder = data_sets(tmp_path, "G4EMLOW8.8", "G4ENSDFSTATE3.0")
    environment = geant4_environment(None, {"G4LEDATA": str(folder / "G4EMLOW8.8")})
    assert environment["G4ENSDFSTATEDATA"] == str(folder / "G4ENSDFSTATE3.0")


def test_what_geant4_pybind_downloaded_is_found(home: Path) -> None:
    folder = data_sets(home / ".geant4_pybind", "G4EMLOW8.8", "G4ENSDFSTATE3.0")
    assert geant4_environment(None, {})["G4LEDATA"] == str(folder / "G4EMLOW8.8")


@pytest.mark.parametrize("missing", ["G4EMLOW", "G4ENSDFSTATE"])
def test_missing_data_are_named(tmp_path: Path, missing: str) -> None:
    folder = data_sets(tmp_path / "data")
    (folder / missing).rename(tmp_path / "elsewhere")
    with pytest.raises(Geant4Error, match=f"{missing} is not in .*--geant4-data DIR"):
        geant4_environment(folder, {})


def test_a_variable_that_points_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(Geant4Error, match="G4EMLOW is not in /nowhere"):
        geant4_environment(None, {"G4LEDATA": "/nowhere"})


@pytest.mark.parametrize("empty", ["G4LEDATA", "G4ENSDFSTATEDATA", "GEANT4_DATA_DIR"])
def test_an_empty_variable_is_an_unset_one(tmp_path: Path, home: Path, empty: str) -> None:
    folder = data_sets(tmp_path / "data")
    environ = {"GEANT4_DATA_DIR": str(folder), empty: ""}
    if empty == "GEANT4_DATA_DIR":
        folder = data_sets(home / ".geant4_pybind")
    assert geant4_environment(None, environ) == geant4_environment(folder, {})


@pytest.mark.parametrize(
    ("environ", "remedy"),
    [
        ({}, "or download all .*import geant4_pybind'$"),
        ({"GEANT4_DATA_DIR": "/nope"}, "or correct or unset GEANT4_DATA_DIR$"),
        ({"GEANT4_DATA_DIR": ""}, "or correct or unset GEANT4_DATA_DIR$"),
        ({"G4LEDATA": "/nope"}, "or correct or unset G4LEDATA$"),
    ],
)
def test_what_cannot_help_is_not_offered(environ: dict[str, str], remedy: str) -> None:
    """geant4_pybind downloads nothing once such a variable is set, even if it is empty."""
    with pytest.raises(Geant4Error, match=f"G4EMLOW is not in .*--geant4-data DIR, {remedy}"):
        geant4_environment(None, environ)


def test_a_wrong_folder_is_not_the_fault_of_a_variable(tmp_path: Path) -> None:
    environ = {"GEANT4_DATA_DIR": str(data_sets(tmp_path / "good"))}
    with pytest.raises(Geant4Error, match=r"give its folder with --geant4-data DIR$"):
        geant4_environment(tmp_path / "wrong", environ)


def test_a_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Geant4Error, match=r"pip install 'calobench\[geant4\]'"):
        require_geant4()
