"""A comparison of two models whose showers are observed in shards is the one that observes them itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shards import Here

import calobench as cb
from calobench.benchmarks.paired.record import PairedComparison
from calobench.benchmarks.paired.request import ComparisonRequest
from calobench.benchmarks.paired.run import compare_models, compare_models_part
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import ConditionsError, OutputError
from calobench.executors.processes import ProcessExecutor
from calobench.harness.stored import READ_SIZE
from calobench.io.writers.lemurs import write_lemurs
from calobench.showers import Conditions, Showers

CLD = load_detector("CLD")
N = 230


def request_of(folder: Path, **changes: Any) -> ComparisonRequest:
    words = {"first": "toy_models:toy", "second": "toy_models:scaled_toy", "n": N, "seed": 3}
    given = {**words, "replicas": 20, "out": folder / "pair.json", **changes}
    return ComparisonRequest(detector=CLD, **given)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> PairedComparison:
    return compare_models(request_of(tmp_path_factory.mktemp("here")))


def test_processes_compare_the_same(expected: PairedComparison, tmp_path: Path) -> None:
    assert compare_models(request_of(tmp_path), executor=ProcessExecutor(2)) == expected
    assert list(tmp_path.iterdir()) == []


def test_the_jobs_of_an_array_compare_the_same(expected: PairedComparison, tmp_path: Path) -> None:
    """The reference is observed once, and nothing that a job has done is done again."""
    request, jobs = request_of(tmp_path), Here()
    for k in (2, 1):
        compare_models_part(request, jobs, (k, 2))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "pair.json.first.shards",
        "pair.json.second.shards",
    ]
    of_reference = [key for key in jobs.done if key.endswith("of the reference")]
    chunks = -(-len(cb.reference(CLD.name)) // READ_SIZE)
    assert len(of_reference) == len(set(of_reference)) == chunks
    assert len([key for key in jobs.done if key.endswith("of the model")]) == 2 * 3
    times = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*/*.npz")}
    seen: dict[Path, int] = {}

    class Watching(Here):
        def map_shards(self, function: Any, keys: Any) -> Iterator[Any]:
            yield from super().map_shards(function, keys)
            seen.update({file: file.stat().st_mtime_ns for file in times if file.exists()})

    assert compare_models(request, executor=Watching()) == expected
    assert seen == times
    assert list(tmp_path.iterdir()) == []


def test_files_of_showers_are_compared_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    conditions = Conditions(rng.uniform(1e4, 5e4, 90), np.full(90, 1.57), np.zeros(90))
    for name in ("reference", "first", "second"):
        energy = rng.gamma(0.3, 1.0, (90, 9, 16, 45)).astype(np.float32)
        write_lemurs(
            tmp_path / f"{name}.h5", [Showers(energy, conditions)],
            detector="FCCeeCLD", mesh=CLD.mesh_geometry,
        )  # fmt: skip
    files = {name: str(tmp_path / f"{name}.h5") for name in ("first", "second")}
    request = request_of(tmp_path, n=None, reference=tmp_path / "reference.h5", **files)
    assert compare_models(request, executor=Here()) == compare_models(request)


def test_shards_have_a_place_and_are_of_one_request(tmp_path: Path) -> None:
    with pytest.raises(ConditionsError, match="give --json"):
        compare_models(request_of(tmp_path, out=None), executor=Here())
    compare_models_part(request_of(tmp_path), Here(), (1, 2))
    with pytest.raises(OutputError, match="shards"):
        compare_models(request_of(tmp_path, seed=4), executor=Here())


def call(*words: object) -> int:
    models = ("--models", "toy_models:toy,toy_models:scaled_toy", "--detector", "CLD")
    with pytest.raises(SystemExit) as exit_info:
        main(["compare", *models, "-n", str(N), "--replicas", "20", *map(str, words)])
    return int(exit_info.value.code or 0)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--shard", "1/2") == 2
    assert "--json" in capsys.readouterr().err
    out = tmp_path / "pair.json"
    assert call("--json", out, "--shard", "1/1", "--workers", "1") == 0
    assert "part 1 of 1 is done" in capsys.readouterr().out
    assert not out.exists()
    assert call("--json", out, "--workers", "1") == 0
    shared = out.read_bytes()
    assert call("--json", out, "--force") == 0
    assert out.read_bytes() == shared
    assert [path.name for path in tmp_path.iterdir()] == ["pair.json"]
    assert call("--json", tmp_path / "other.json", "--submit", "slurm") == 0
    assert "--array" in capsys.readouterr().out
