"""A run whose showers are observed in shards has the results of one that observes them itself."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shards import Here

from calobench._util.progress import SilentProgress
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import CalobenchError, ExecutorError
from calobench.executors.base import Executor
from calobench.executors.dask_cluster import DaskExecutor
from calobench.executors.processes import ProcessExecutor
from calobench.harness import division, measuring
from calobench.harness.division import set_up
from calobench.harness.events import choose_events
from calobench.harness.observation import Observation, ObservedHere, Observer, Observing
from calobench.harness.observation_file import ObservedShard, write_shard
from calobench.harness.run import RunRequest, _extras, _open, _sharded, run, run_part
from calobench.harness.sharded import observed_in_shards
from calobench.harness.sources import CHUNK_SIZE
from calobench.harness.stages import Stages
from calobench.io.writers.lemurs import write_lemurs
from calobench.observables import all_observables
from calobench.showers import Conditions, Showers

CLD = load_detector("CLD")
N = 230


def showers(n: int, seed: int) -> Showers:
    rng = np.random.default_rng(seed)
    energy = rng.gamma(0.3, 1.0, (n, 9, 16, 45)).astype(np.float32)
    # Rounding of what made them, of which results have a remark.
    energy[::7, 0, 0, 0] = -1e-8 * (1 + np.arange(len(energy[::7])))
    angles = np.full(n, 1.57)
    return Showers(energy, Conditions(rng.uniform(1e4, 5e4, n), angles, 0 * angles))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reference, and a sample of two files."""
    folder = tmp_path_factory.mktemp("files")
    for name, n, seed in (("reference", 300, 1), ("sample-1", 260, 2), ("sample-2", 40, 3)):
        mesh = CLD.mesh_geometry
        write_lemurs(folder / f"{name}.h5", [showers(n, seed)], detector="FCCeeCLD", mesh=mesh)
    return folder


def request_of(folder: Path, out: Path, **changes: Any) -> RunRequest:
    words = {
        "model": "toy_models:toy",
        "n": N,
        "replicas": 20,
        "seed": 5,
        "command": "calobench run",
    }
    return RunRequest(
        detector=CLD, out=out, reference=folder / "reference.h5", **{**words, **changes}
    )


def content(place: Path) -> dict[str, Any]:
    """The content of the results without times and digest."""
    given = json.loads((place / "results.json").read_text())
    del given["stages"], given["provenance"], given["digest"]
    return dict(given)


def observed(request: RunRequest, executor: Executor | None) -> dict[str, object]:
    """The stored observations of the showers of both samples, as bytes, and the remarks on them."""
    stages = Stages(SilentProgress())
    opened = _open(request, stages)
    content: dict[str, object] = {}
    with contextlib.ExitStack() as stack:
        observing: Observing = ObservedHere(
            opened.reference.chunks, lambda: opened.source.chunks(CHUNK_SIZE), "generate"
        )
        if executor is not None:
            sharded = replace(_sharded(request, opened.extras), keeps_showers=True)
            observing = stack.enter_context(
                observed_in_shards(sharded, opened.source, opened.reference, executor, force=False)
            )
        observing.prepare(stages)
        chosen = choose_events(opened.reference.conditions, opened.source.conditions)
        for side, sample in (("reference", opened.reference), ("model", opened.source)):
            chunks: list[Showers] = []
            observer = Observer(CLD, all_observables(), side, getattr(chosen, side))
            parts = observing.of(observer, chunks.append)
            whole = Observation.joined(parts, len(sample.conditions), lambda _=1, /: None)
            file = request.out.with_name("whole.npz")
            write_shard(file, ObservedShard(whole, (), tuple(chunks)))
            content[side] = file.read_bytes()
            content[f"remarks on the {side}"] = sample.remarks()
            file.unlink()
    return content


@pytest.fixture(scope="module")
def expected(files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return observed(request_of(files, tmp_path_factory.mktemp("expected") / "run"), None)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs without the scores of all observables together, which take most of their time."""
    monkeypatch.setattr(measuring, "evaluate_multivariate", lambda *_, **__: None)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as local:
        yield local.scheduler_address


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_processes_observe_the_same(
    workers: int, files: Path, expected: dict[str, object], tmp_path: Path
) -> None:
    assert observed(request_of(files, tmp_path / "run"), ProcessExecutor(workers)) == expected
    assert not list(tmp_path.iterdir())


def test_dask_observes_the_same(
    cluster: str, files: Path, expected: dict[str, object], tmp_path: Path
) -> None:
    with contextlib.closing(DaskExecutor(cluster)) as executor:
        assert observed(request_of(files, tmp_path / "run"), executor) == expected


def test_the_jobs_of_an_array_observe_the_same(
    files: Path, expected: dict[str, object], tmp_path: Path
) -> None:
    request = request_of(files, tmp_path / "run", extras=("cells",))
    for k in (3, 1, 2):
        run_part(request, Here(), (k, 3))
        assert not request.out.exists()
    damaged = tmp_path / "run.shards" / "model-000000100.npz"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    here = Here()
    assert observed(request, here) == expected
    assert len(here.done) == 5


@pytest.mark.usefixtures("quick")
def test_files_of_showers_have_the_same_results_and_remarks(files: Path, tmp_path: Path) -> None:
    of_files = {"model": f"{files}/sample-*.h5", "n": 280}
    outcome = run(request_of(files, tmp_path / "here", **of_files))
    assert len([line for line in outcome.results.warnings if "below zero" in line]) == 3
    executor = Here()
    outcome = run(request_of(files, tmp_path / "run", **of_files), executor=executor)
    assert content(tmp_path / "run") == content(tmp_path / "here")
    assert executor.done == [
        "showers 0 to 249 of the reference",
        "showers 250 to 299 of the reference",
        "showers 0 to 249 of the model",
        "showers 250 to 259 of the model",
        "showers 260 to 279 of the model",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "run"]
    # Their time is no time per shower of the model.
    names = {stage.name for stage in outcome.results.stages}
    assert "observe in shards" in names
    assert not names & {"generate", "read showers"}


def test_what_is_observed_is_not_observed_again(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_of(files, tmp_path / "run")
    run_part(request, Here(), (1, 2))
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "run.shards").glob("*.npz")}
    assert len(times) == 3
    run_part(request, Here(), (2, 2))
    assert len(list((tmp_path / "run.shards").glob("*.npz"))) == 5
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())


def test_a_larger_sample_has_larger_shards(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(division, "_SHARDS", 2)
    request = request_of(files, tmp_path / "run", n=1050)
    pieces = set_up(_sharded(request, _extras(request))).pieces
    assert [tuple(piece) for piece in pieces] == [
        ("reference", 0, 250),
        ("reference", 250, 300),
        ("model", 0, 600),
        ("model", 600, 1050),
    ]


def test_shards_of_other_settings_are_refused_and_named(files: Path, tmp_path: Path) -> None:
    run_part(request_of(files, tmp_path / "run"), Here(), (1, 4))
    with pytest.raises(CalobenchError, match="seed was 5, now 6"):
        run(request_of(files, tmp_path / "run", seed=6), executor=Here())
    with pytest.raises(CalobenchError, match="would remove the shards of other jobs"):
        run_part(request_of(files, tmp_path / "run", force=True), Here(), (1, 4))
    with pytest.raises(CalobenchError, match="--reweight needs all showers in one process"):
        run(request_of(files, tmp_path / "other", reweight=True), executor=Here())


def test_a_worker_that_would_observe_others_is_refused(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Elsewhere(Here):
        def map_shards(self, function: Any, keys: Any) -> Any:
            monkeypatch.setattr(division, "source_digest", lambda _: "another")
            division.set_up_once.cache_clear()
            return super().map_shards(function, keys)

    with pytest.raises(ExecutorError, match=r"other showers than this process \(model\)"):
        run(request_of(files, tmp_path / "run"), executor=Elsewhere())


def test_shards_that_are_not_where_they_were_made(files: Path, tmp_path: Path) -> None:
    class Lost(Here):
        def map_shards(self, function: Any, keys: Any) -> Iterator[Any]:
            yield from super().map_shards(function, keys)
            for path in tmp_path.glob("run.shards/model-*.npz"):
                path.unlink()

    with pytest.raises(ExecutorError, match="give --out on one that all share"):
        run(request_of(files, tmp_path / "run"), executor=Lost())


@pytest.mark.usefixtures("quick")
def test_the_command(
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("calobench.executors.processes.ProcessExecutor", lambda _: Here())
    call = ["run", "--model", "toy_models:toy", "--detector", "CLD", "-n", str(N), "--seed", "5",
            "--replicas", "20", "--reference", str(files / "reference.h5"), "--out", "out"]  # fmt: skip

    def command(*more: str) -> str:
        monkeypatch.setattr(sys, "argv", ["calobench", *call, *more])
        with pytest.raises(SystemExit) as stop:
            main([*call, *more])
        assert not stop.value.code
        return capsys.readouterr().out

    text = command("--submit", "slurm", "--jobs", "3")
    assert '--workers 1 --shard "$SLURM_ARRAY_TASK_ID/3"' in text
    for k in (1, 2, 3):
        assert f"part {k} of 3 is done" in command("--shard", f"{k}/3")
    command("--workers", "2")
    assert content(Path("out"))["run"]["command"] == shlex.join(["calobench", *call])
    assert not Path("out.shards").exists()
