"""Worker processes, with tasks that need no Geant4."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from calobench.errors import Geant4Error, SpecError
from calobench.simulate.workers import run_workers

Make = Callable[[int, Callable[[float], None]], None]


@dataclass(frozen=True)
class Writes:
    folder: Path

    def prepare(self) -> Make:
        def make(shard: int, report: Callable[[float], None]) -> None:
            report(0.25)
            report(0.5)
            (self.folder / f"{shard}").write_text(os.environ["CALOBENCH_TEST"])

        return make


@dataclass(frozen=True)
class RefusesToStart:
    def prepare(self) -> Make:
        raise SpecError("unknown material")


@dataclass(frozen=True)
class Dies:
    def prepare(self) -> Make:
        def make(shard: int, report: Callable[[float], None]) -> None:
            report(1.0)
            sys.stderr.write("*** G4Exception")
            sys.stderr.flush()
            os._exit(7)

        return make


@dataclass(frozen=True)
class Reads:
    folder: Path

    def prepare(self) -> Make:
        def make(shard: int, report: Callable[[float], None]) -> None:
            (self.folder / "answer").write_text(repr(os.read(0, 10)))

        return make


@pytest.mark.parametrize("workers", [1, 5])
def test_every_shard_is_made_once(tmp_path: Path, workers: int) -> None:
    logs = [tmp_path / f"log{i}" for i in range(workers)]
    seconds: list[float] = []
    run_workers(Writes(tmp_path), [0, 1, 4], logs, {"CALOBENCH_TEST": "set"}, seconds.append)
    assert sorted(seconds) == [0.25] * 3 + [0.5] * 3
    assert [(tmp_path / f"{shard}").read_text() for shard in (0, 1, 4)] == ["set"] * 3
    assert "CALOBENCH_TEST" not in os.environ


def test_nothing_to_do_starts_nothing(tmp_path: Path) -> None:
    run_workers(Writes(tmp_path), [], [tmp_path / "log"], {}, lambda seconds: None)
    assert list(tmp_path.iterdir()) == []


def test_a_named_error_reaches_the_parent(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="unknown material"):
        run_workers(RefusesToStart(), [0, 1], [tmp_path / "log"], {}, lambda seconds: None)


def test_a_worker_that_dies_is_told_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(Geant4Error, match=r"exit code 7.*log"):
        run_workers(Dies(), [0], [log], {}, lambda seconds: None)
    assert "G4Exception" in log.read_text()


def test_a_question_on_standard_input_gets_no_answer_and_does_not_hang(tmp_path: Path) -> None:
    run_workers(Reads(tmp_path), [0], [tmp_path / "log"], {}, lambda seconds: None)
    assert (tmp_path / "answer").read_text() == "b''"
