"""A suite does what is not done yet, tells what failed, and starts again after anything."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from timing_factory import make_timing

import calobench as cb
from calobench._util.progress import SilentProgress
from calobench.benchmarks.timing.record import TimingResults
from calobench.benchmarks.timing.request import TimingRequest
from calobench.cli import main
from calobench.errors import ModelError
from calobench.executors.base import K, V
from calobench.harness.run import RunOutcome, RunRequest
from calobench.io import write_lemurs
from calobench.suite import execution
from calobench.suite.entries import Entry, entries_of, finished
from calobench.suite.execution import Outcome, Task, is_current, run_entry
from calobench.suite.spec import read_suite
from calobench.suite.summary import SuiteRow, SuiteSummary, UseVerdict
from calobench.suite.timing import time_runs
from calobench.verdict import Level


class Here:
    """Does the shards in this process, where tests can look on."""

    def __init__(self, *_: object) -> None:
        pass

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        for key in keys:
            yield key, function(key)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of showers as the model and another as the reference, so that runs are short."""
    tmp_path = tmp_path_factory.mktemp("suite")
    showers = cb.reference("CLD")
    mesh = cb.load_detector("CLD").mesh_geometry
    for name, rows in {"geant4.h5": slice(0, 40), "mine.h5": slice(40, 80)}.items():
        write_lemurs(tmp_path / name, [showers[rows]], detector="FCCeeCLD", mesh=mesh)
    (tmp_path / "suite.yaml").write_text(
        "models: [mine.h5, {name: again, model: mine.h5}]\ndetectors: [CLD]\nreplicas: 20\n"
        "references: {CLD: geant4.h5}\n"
    )
    return tmp_path


def entries(folder: Path) -> tuple[Entry, ...]:
    return entries_of(read_suite(folder / "suite.yaml"), folder / "out")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["suite", *map(str, arguments)])
    return int(stop.value.code or 0)


def test_a_suite_from_its_file_to_its_page(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "out"
    assert run(folder / "suite.yaml", "--out", out, "--workers", 2) == 0
    output = capsys.readouterr()
    assert "mine.h5-FCCeeCLD: done" in output.out
    summary = json.loads((out / "suite.json").read_text())
    assert [row["model"] for row in summary["rows"]] == ["mine.h5", "again"]
    first, second = summary["rows"]
    assert first["scores"] == second["scores"]
    assert (first["n"], first["n_reference"]) == (40, 40)
    assert first["level"] == second["level"] == "indistinguishable"
    page = (out / "index.html").read_text()
    assert page.count(">indistinguishable</a>") == 2
    assert 'href="mine.h5-FCCeeCLD/report.html"' in page
    stamps = {path: path.stat().st_mtime_ns for path in out.glob("*/results.json")}
    assert run(folder / "suite.yaml", "--out", out, "--workers", 1) == 0
    assert "done" not in capsys.readouterr().out
    # 40 showers of Geant4 on either side: nothing is seen, and that is no flaw.
    assert run(folder / "suite.yaml", "--out", out, "--workers", 1, "--fail-on", "fit") == 0
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/results.json")} == stamps


@pytest.mark.parametrize(
    ("level", "fail_on", "code"),
    [
        (Level.FLAWS, "flaws", 1), (Level.FLAWS, "unusable", 0), (Level.UNUSABLE, "fit", 1),
        (Level.NO_VERDICT, "unusable", 3), (Level.FIT, "flaws", 0),
    ],
)  # fmt: skip
def test_the_worst_verdict_is_the_exit_code(
    folder: Path, level: Level, fail_on: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def summary(*_: object) -> SuiteSummary:
        rows = [
            SuiteRow(model="mine", detector=name, folder="x", n=40, level=one, verdict="-")
            for name, one in {"CLD": Level.INDISTINGUISHABLE, "ODD": level}.items()
        ]
        return SuiteSummary(calobench="0", rows=tuple(rows))

    monkeypatch.setattr("calobench.suite.execution.run_entries", lambda *_: [])
    monkeypatch.setattr("calobench.suite.summary.summarise", summary)
    assert run(folder / "suite.yaml", "--out", folder / "codes", "--fail-on", fail_on) == code


def test_what_has_changed_is_done_again(folder: Path, tmp_path: Path) -> None:
    run(folder / "suite.yaml", "--out", folder / "out", "--workers", 2)
    entry = entries(folder)[0]
    results = finished(entry)
    assert results is not None
    assert is_current(results, entry)
    assert finished(replace(entry, n=30)) is None
    assert not is_current(results, replace(entry, detector="ODD"))
    for name, change in {"mine.h5": "model", "geant4.h5": "reference"}.items():
        other = tmp_path / name
        shutil.copy(folder / name, other)
        assert is_current(results, replace(entry, **{change: named(change, other)}))
        with h5py.File(other, "a") as file:
            file["showers"][0] = file["showers"][0] * np.float32(1.01)
        assert not is_current(results, replace(entry, **{change: named(change, other)}))


def test_a_reference_that_is_packed_anew_is_the_same(folder: Path, tmp_path: Path) -> None:
    run(folder / "suite.yaml", "--out", folder / "out", "--workers", 2)
    entry = entries(folder)[0]
    results = finished(entry)
    assert results is not None
    other = tmp_path / "geant4.h5"
    with h5py.File(folder / "geant4.h5") as file, h5py.File(other, "w") as copy:
        copy.attrs.update(file.attrs)
        for name in file:
            copy.create_dataset(name, data=file[name][:], compression="gzip", compression_opts=9)
    assert other.read_bytes() != (folder / "geant4.h5").read_bytes()
    assert is_current(results, replace(entry, reference=other))


def test_results_are_judged_for_further_uses(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder / "suite.yaml", "--out", folder / "out", "--workers", 2)
    text = (folder / "suite.yaml").read_text()
    (folder / "uses.yaml").write_text(text + "uses: [energy-calibration, photon-separation]\n")
    monkeypatch.setattr("calobench.executors.processes.ProcessExecutor", Here)
    capsys.readouterr()
    assert run(folder / "uses.yaml", "--out", folder / "out") == 0
    output = capsys.readouterr().out
    assert "done" not in output
    assert "energy-calibration: " in output
    summary = SuiteSummary.model_validate_json((folder / "out" / "suite.json").read_bytes())
    assert [one.use for one in summary.rows[0].uses] == ["energy-calibration", "photon-separation"]
    assert "photon-separation: " in (folder / "out" / "index.html").read_text()


def test_the_worst_verdict_of_all_uses_counts() -> None:
    worse = UseVerdict(use="other", level=Level.UNUSABLE, verdict="-")
    row = SuiteRow(model="mine", detector="CLD", folder="x", n=40, level=Level.FIT, verdict="-")
    rows = (row, row.model_copy(update={"uses": (worse,)}))
    assert set(SuiteSummary(calobench="0", rows=rows).levels) == {Level.FIT, Level.UNUSABLE}


def test_models_of_a_detector_are_timed_once_and_together(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder / "suite.yaml", "--out", folder / "out", "--workers", 2)
    shutil.copytree(folder / "out", tmp_path / "out")
    both = [replace(one, folder=tmp_path / "out" / one.folder.name) for one in entries(folder)]
    requests: list[TimingRequest] = []

    def measure(request: TimingRequest, _: object) -> TimingResults:
        requests.append(request)
        result = make_timing()
        settings = result.settings.model_copy(update={"command": request.command})
        return result.model_copy(update={"settings": settings})

    monkeypatch.setattr("calobench.suite.timing.measure", measure)
    for _ in range(2):
        assert list(time_runs(both, "auto", SilentProgress())) == []
    assert len(requests) == 1
    assert (requests[0].batch_sizes, requests[0].devices) == ((1,), ("cpu",))
    for one in both:
        results = finished(one)
        assert results is not None
        assert isinstance(results.benchmarks["timing"], TimingResults)

    def fails(*_: object) -> TimingResults:
        raise ModelError("no core is free")

    monkeypatch.setattr("calobench.suite.timing.measure", fails)
    timings = dict(time_runs([replace(both[0], seed=9)], "auto", SilentProgress()))
    assert timings == {}  # another call, which is not finished
    timings = dict(time_runs(both, "cuda", SilentProgress()))
    assert timings == {one.key: "timing: no core is free" for one in both}


def named(change: str, path: Path) -> str | Path:
    return str(path) if change == "model" else path


def test_a_run_without_its_page_is_not_finished(folder: Path, tmp_path: Path) -> None:
    run(folder / "suite.yaml", "--out", folder / "out", "--workers", 2)
    entry = replace(entries(folder)[0], folder=tmp_path / "run")
    shutil.copytree(folder / "out" / "mine.h5-FCCeeCLD", entry.folder)
    assert finished(entry) is not None
    (entry.folder / "report.html").unlink()
    assert finished(entry) is None


def test_a_failure_ends_no_other_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder / "suite.yaml", "--out", folder / "out", "--workers", 2)
    text = (folder / "suite.yaml").read_text()
    (folder / "broken.yaml").write_text(text.replace("again", "broken"))

    def fails(request: RunRequest) -> RunOutcome:
        raise ModelError(f"{request.out.name} is broken")

    monkeypatch.setattr(execution, "run", fails)
    monkeypatch.setattr("calobench.executors.processes.ProcessExecutor", Here)
    capsys.readouterr()
    assert run(folder / "broken.yaml", "--out", folder / "out") == 2
    reason = "broken-FCCeeCLD is broken"
    assert f"1 of 2 runs are not complete: broken on FCCeeCLD ({reason})" in capsys.readouterr().err
    rows = json.loads((folder / "out" / "suite.json").read_text())["rows"]
    assert [row["error"] for row in rows] == [None, reason]
    assert reason in (folder / "out" / "index.html").read_text()


def test_errors_of_a_strangers_code_have_their_kind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(request: RunRequest) -> RunOutcome:
        raise ZeroDivisionError(request.model)

    monkeypatch.setattr(execution, "run", raises)
    outcome = run_entry(Task(replace(entries(folder)[0], n=7), None))
    assert (outcome.state, outcome.error.partition(":")[0]) == ("failed", "ZeroDivisionError")


def test_the_cache_of_a_run_is_not_that_of_what_comes_after(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []

    def notes(request: RunRequest) -> RunOutcome:
        seen.append(os.environ.get("CALOBENCH_CACHE"))
        raise ZeroDivisionError(request.model)

    monkeypatch.setattr(execution, "run", notes)
    entry = replace(entries(folder)[0], n=7)
    for before in (None, "before"):
        if before is None:
            monkeypatch.delenv("CALOBENCH_CACHE", raising=False)
        else:
            monkeypatch.setenv("CALOBENCH_CACHE", before)
        run_entry(Task(entry, tmp_path / "showers"))
        assert os.environ.get("CALOBENCH_CACHE") == before
    assert seen == [str(tmp_path / "showers")] * 2


def test_parts_of_a_batch_system(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def keeps(task: Task) -> Outcome:
        return Outcome(task.entry.key, "done", 1.0)

    monkeypatch.setattr(execution, "run_entry", keeps)
    monkeypatch.setattr("calobench.executors.processes.ProcessExecutor", Here)
    assert run(folder / "suite.yaml", "--out", folder / "parts", "--shard", "2/2") == 0
    assert not (folder / "parts" / "suite.json").exists()
    output = capsys.readouterr().out
    assert ("again-FCCeeCLD" in output, "mine.h5" in output) == (True, False)


@pytest.mark.parametrize("part", ["0/3", "4/3", "a/b", "3", "/", "1/-2", "1.5/2"])
def test_parts_that_are_none(folder: Path, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "suite.yaml", "--shard", part) == 2
    assert "is no part; give K/N" in capsys.readouterr().err


def test_files_for_batch_systems(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder / "suite.yaml", "--submit", "slurm", "--jobs", 5) == 0
    text = capsys.readouterr().out
    assert "#SBATCH --array=1-5" in text
    assert f"-m calobench suite {folder / 'suite.yaml'}" in text
    assert '--shard "$SLURM_ARRAY_TASK_ID/5"' in text
    assert run(folder / "suite.yaml", "--submit", "htcondor") == 0
    text = capsys.readouterr().out
    assert "--shard $INT(part)/2" in text
    assert text.rstrip().endswith("queue 2")
    assert run(folder / "suite.yaml", "--submit", "htcondr") == 2
    assert "did you mean 'htcondor'?" in capsys.readouterr().err


def test_folders_that_are_of_something_else(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / "index.html").write_text("my home page")
    assert run(folder / "suite.yaml", "--out", out) == 2
    assert "holds an index.html of something else" in capsys.readouterr().err
    assert (out / "index.html").read_text() == "my home page"
    assert run(folder / "suite.yaml", "--out", folder / "mine.h5") == 2
    assert "is a file" in capsys.readouterr().err
