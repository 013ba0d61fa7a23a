"""A file of a model's showers has the same bytes with any executor, and after any interruption."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import calobench as cb
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import CalobenchError, ExecutorError, OutputError
from calobench.executors.base import Part
from calobench.executors.dask_cluster import DaskExecutor
from calobench.harness import generation
from calobench.harness.generation import GenerationRequest, generate, shard_size
from calobench.harness.reference import read_reference
from calobench.harness.sources import model_source
from calobench.models.registry import load_model

N = 250


class Here:
    """Does the shards in this process."""

    def map_shards(self, function: Any, keys: Any) -> Iterator[Any]:
        for key in keys:
            yield key, function(key)

    def close(self) -> None:
        pass


def request_to(out: Path, **changes: object) -> GenerationRequest:
    words = {"model": "toy_models:toy", "detector": "CLD", "out": out, "n": N, "seed": 3}
    return GenerationRequest(**{**words, **changes})


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    out = tmp_path_factory.mktemp("generated") / "expected.h5"
    generate(request_to(out), executor=Here())
    return out.read_bytes()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as local:
        yield local.scheduler_address


def test_the_showers_are_those_of_a_run(expected: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    out.write_bytes(expected)
    detector = load_detector("CLD")
    source = model_source(
        load_model("toy_models:toy"), read_reference(None, detector).conditions, detector, N, 3
    )
    chunks = list(source.chunks(100))
    with h5py.File(out) as file:
        assert np.array_equal(file["showers"][:], np.concatenate([c.energy for c in chunks]))
        assert np.array_equal(file["incident_energy"][:], source.conditions.energy)
        assert file.attrs["model"] == "toy"
    assert len(cb.read_showers(out)) == N


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_processes_make_the_same_bytes(workers: int, expected: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    generate(request_to(out), workers=workers)
    assert out.read_bytes() == expected
    assert list(tmp_path.iterdir()) == [out]


def test_dask_makes_the_same_bytes(cluster: str, expected: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    with contextlib.closing(DaskExecutor(cluster)) as executor:
        generate(request_to(out), executor=executor)
    assert out.read_bytes() == expected


def test_the_jobs_of_an_array_make_the_same_bytes(expected: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    request = request_to(out)
    for k in (2, 1):
        generate(request, executor=Here(), part=(k, 2))
        assert not out.exists()
    generate(request, executor=Here())
    assert out.read_bytes() == expected
    generate(request, executor=Here(), force=True)
    assert out.read_bytes() == expected


def test_what_is_there_is_not_made_again(
    expected: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, calls = request_to(tmp_path / "out.h5"), []
    generate(request, executor=Here(), part=(1, 2))
    check = generation.generate_checked

    def counting(model: Any, conditions: Any, *rest: Any, **options: Any) -> Any:
        calls.append(len(conditions))
        return check(model, conditions, *rest, **options)

    monkeypatch.setattr(generation, "generate_checked", counting)
    generate(request, executor=Here())
    assert calls == [100]
    assert request.out.read_bytes() == expected


def test_parts_have_every_shard_once() -> None:
    keys = list(range(11))
    parts = [Part(Here(), k, 4).of(keys) for k in range(1, 5)]
    assert sorted(key for part in parts for key in part) == keys
    assert max(map(len, parts)) - min(map(len, parts)) == 1


def test_the_number_of_shards_grows_slowly() -> None:
    assert [shard_size(n) for n in (1, 100, 100_000, 100_001, 10**6, 10**8)] == [
        *(100, 100, 100, 200, 1000, 5000)
    ]


def test_other_settings_are_refused_and_named(tmp_path: Path) -> None:
    request = request_to(tmp_path / "out.h5")
    generate(request, executor=Here(), part=(1, 2))
    with pytest.raises(OutputError, match="seed was 3, now 4"):
        generate(request_to(request.out, seed=4), executor=Here())
    with pytest.raises(OutputError, match="would remove the shards of other jobs"):
        generate(request, executor=Here(), part=(1, 2), force=True)


def test_a_worker_that_would_make_other_showers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Elsewhere(Here):
        def map_shards(self, function: Any, keys: Any) -> Any:
            monkeypatch.setattr(generation, "source_digest", lambda _: "another")
            return super().map_shards(function, keys)

    with pytest.raises(ExecutorError, match=r"other showers than this process \(source\)"):
        generate(request_to(tmp_path / "out.h5"), executor=Elsewhere())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": 0}, "give at least 1 shower"),
        ({"model": "mine.h5"}, "is a file of showers"),
        ({"model": "toy_models:toi"}, "toi"),
        ({"model": "toy_models:negative"}, "negative cell energies"),
    ],
)
def test_bad_input(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    request = request_to(tmp_path / "out.h5", **changes)
    with pytest.raises(CalobenchError, match=message):
        generate(request, executor=Here())
    assert not request.out.exists()


def test_the_command_and_its_submit_file(
    expected: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("calobench.harness.generation.ProcessExecutor", lambda _: Here())
    call = ["generate", "--model", "toy_models:toy", "--detector", "CLD", "-n", str(N), "--seed", "3",
            "--out", "out.h5"]  # fmt: skip

    def run(*more: str) -> str:
        monkeypatch.setattr(sys, "argv", ["calobench", *call, *more])
        with pytest.raises(SystemExit) as stop:
            main([*call, *more])
        assert not stop.value.code
        return capsys.readouterr().out

    text = run("--submit", "slurm", "--workers", "5")
    assert "--array=1-3" in text
    (line,) = [line for line in text.splitlines() if " -m calobench " in line]
    words = shlex.split(line)
    shared = [sys.executable, "-m", "calobench", *call, "--workers", "1"]
    assert words == [*shared, "--shard", "$SLURM_ARRAY_TASK_ID/3"]
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    assert "queue 3" in run("--submit=htcondor")
    for k in (1, 2, 3):
        assert f"part {k} of 3 is done" in run("--shard", f"{k}/3")
    assert "wrote 250 showers to out.h5" in run()
    assert Path("out.h5").read_bytes() == expected


def test_a_full_disk_loses_nothing(expected: bytes, tmp_path: Path) -> None:
    """Files of more than 100 kB cannot be written, in the caller and in its worker."""
    out = tmp_path / "out.h5"
    call = [sys.executable, "-m", "calobench", "generate", "--model", "toy_models:toy", "--detector", "CLD",
            "-n", str(N), "--seed", "3", "--workers", "1", "--out", str(out)]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def run(limit: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", f"ulimit -f {limit}; {shlex.join(call)}"],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    full = run("100")
    assert full.returncode == 2
    assert "Traceback" not in full.stderr
    assert "cannot write" in full.stderr.splitlines()[-1]
    assert not out.exists()
    assert [path.name for path in (tmp_path / "out.h5.shards").iterdir()] == ["settings.json"]
    assert run("unlimited").returncode == 0
    assert out.read_bytes() == expected
