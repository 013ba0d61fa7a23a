"""``--use`` and ``--fail-on``: what the verdict is for, and what it does to a job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from results_factory import make_results

import calobench.harness.run
from calobench.cli import main
from calobench.harness.run import RunOutcome
from calobench.results.store import read_results, write_results
from calobench.verdict import Level, load_use, verdict_of, with_verdict

RUN = ("run", "--model", "distilled", "--detector", "ALLEGRO")


def command(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Requests that would have been run; the results are those of a model with flaws."""
    requests = []

    def run(request: Any, progress: Any) -> RunOutcome:
        requests.append(request)
        results = with_verdict(make_results(), request.use)
        return RunOutcome(results, tmp_path / "results.json", tmp_path / "report.html")

    monkeypatch.setattr(calobench.harness.run, "run", run)
    return requests


@pytest.mark.parametrize(
    ("fail_on", "code"), [(None, 0), ("fit", 1), ("flaws", 1), ("unusable", 0)]
)
def test_the_exit_code_is_the_level(
    ran: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], fail_on: str | None, code: int
) -> None:
    assert verdict_of(make_results()).level is Level.FLAWS
    options = () if fail_on is None else ("--fail-on", fail_on)
    assert command(*RUN, "--out", tmp_path / "out", *options) == code
    shown = capsys.readouterr().out
    assert verdict_of(make_results()).sentence in " ".join(shown.split())


def test_no_verdict_is_no_success(
    ran: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = make_results().model_copy(update={"observables": ()})
    outcome = RunOutcome(few, tmp_path / "results.json", tmp_path / "report.html")
    monkeypatch.setattr(calobench.harness.run, "run", lambda request, progress: outcome)
    assert command(*RUN, "--out", tmp_path / "out", "--fail-on", "unusable") == 3
    assert command(*RUN, "--out", tmp_path / "out") == 0


def test_the_use_is_asked_for_and_kept(ran: Any, tmp_path: Path) -> None:
    assert command(*RUN, "--out", tmp_path / "out", "--use", "photon-separation") == 0
    assert ran[0].use == load_use("photon-separation")


def test_a_bad_use_is_told_before_anything_is_generated(
    ran: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for use, words in (
        ("photon-seperation", "did you mean 'photon-separation'?"),
        (tmp_path / "pipe.toml", "it is a pipe"),
        (tmp_path / "missing.toml", "it does not exist"),
    ):
        assert command(*RUN, "--out", tmp_path / "out", "--use", use) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
    assert not ran


def test_a_page_for_another_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.json"
    write_results(path, with_verdict(make_results()).model_copy(update={"events": ()}))
    page = tmp_path / "page.html"
    assert command("report", path, "--out", page, "--use", "energy-calibration") == 0
    assert "energy-calibration" in page.read_text(encoding="utf-8")
    assert read_results(path).verdict.use.name == "fast-sim-default"


@pytest.mark.parametrize("name", ["x.pdf", "x.PNG", "x.json"])
def test_a_page_is_never_written_under_the_name_of_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / "results.json"
    write_results(path, make_results().model_copy(update={"observables": (), "events": ()}))
    assert command("report", path, "--out", tmp_path / name) == 2
    assert "x.html" in capsys.readouterr().err
    assert not (tmp_path / name).exists()
