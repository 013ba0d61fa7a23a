"""``calobench plots``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from several_factory import make_run, write_runs

from calobench.cli import main
from calobench.results.store import write_results

Capture = pytest.CaptureFixture[str]
FEW = ("--only", "response_*", "--only", "scores")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["plots", *(str(argument) for argument in arguments)])
    return int(stop.value.code or 0)


def test_figures_and_tables_of_two_models(tmp_path: Path, capsys: Capture) -> None:
    runs, out = write_runs(tmp_path, "full", "distilled"), tmp_path / "plots"
    assert run(*runs, *FEW, "--out", out) == 0
    assert "5 files" in capsys.readouterr().out
    assert (out / "figures" / "response_against_energy.pdf").read_bytes().startswith(b"%PDF")
    assert r"\toprule" in (out / "tables" / "scores.tex").read_text()
    assert run(*runs, *FEW, "--out", out) == 2
    assert "--force" in capsys.readouterr().err
    (out / "paper.tex").write_text("mine")
    assert run(*runs, *FEW, "--out", out, "--force") == 2
    assert "paper.tex" in capsys.readouterr().err
    (out / "paper.tex").unlink()
    assert run(*runs, *FEW, "--out", out, "--force", "--format", "csv") == 0
    assert sorted(path.suffix for path in out.rglob("*.*")) == [".csv", ".csv", ".json"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--format", "pdf,gif"), "'gif' is not one; give some of pdf,png,svg,csv,tex,md"),
        (("--format", ","), "none is given"),
        (("--only", "responce*"), "unknown figure or table 'responce*'"),
        (("--font", "Comic Sans of Nowhere"), "unknown font 'Comic Sans of Nowhere'"),
    ],
)
def test_bad_options_are_one_line_and_write_nothing(
    tmp_path: Path, capsys: Capture, options: tuple[str, ...], words: str
) -> None:
    runs = write_runs(tmp_path, "full")
    assert run(*runs, "--out", tmp_path / "plots", *options) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "plots").exists()


def test_results_of_other_things_are_refused(tmp_path: Path, capsys: Capture) -> None:
    (mine,) = write_runs(tmp_path, "full")
    text = mine.read_text()
    old = tmp_path / "old.json"
    old.write_text(text.replace('"schema_version": "', '"schema_version": "1.'))
    odd = make_run("other")
    odd = odd.model_copy(update={"detector": odd.detector.model_copy(update={"name": "ODD"})})
    write_results(tmp_path / "odd.json", odd)
    missing, out = tmp_path / "missing.json", tmp_path / "plots"
    for path, words in (
        (old, "schema version '1."),
        (tmp_path / "odd.json", "other detectors"),
        (missing, "does not exist"),
    ):
        assert run(mine, path, "--out", out) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "TkAgg"])
def test_a_machine_without_display_and_the_backend_of_a_notebook(
    tmp_path: Path, backend: str
) -> None:
    (results,) = write_runs(tmp_path, "full")
    environment = {
        **{k: v for k, v in os.environ.items() if k != "DISPLAY"},
        "MPLBACKEND": backend,
        "MPLCONFIGDIR": str(tmp_path / "config"),
    }
    command = [sys.executable, "-m", "calobench", "plots", str(results), "--format", "png", *FEW]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "plots")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "plots" / "figures" / "response_against_energy.png").exists()
