"""Processes for one shard each, with tasks that need no Geant4."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from calobench.errors import Geant4Error, SpecError
from calobench.simulate.child import Children

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


@dataclass(frozen=True)
class Waits:
    folder: Path

    def prepare(self) -> Make:
        def make(shard: int, report: Callable[[float], None]) -> None:
            (self.folder / "begun").touch()
            time.sleep(60)

        return make


@dataclass(frozen=True)
class IsKilled:
    """Kills itself as the system would, as often as its folder says."""

    folder: Path
    times: int

    def prepare(self) -> Make:
        def make(shard: int, report: Callable[[float], None]) -> None:
            killed = len(list(self.folder.glob("killed-*")))
            if killed < self.times:
                (self.folder / f"killed-{killed}").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            report(1.0)

        return make


def test_a_shard_is_made_with_its_environment(tmp_path: Path) -> None:
    seconds: list[float] = []
    children = Children({"CALOBENCH_TEST": "set"})
    for shard in (0, 4):
        children.make(Writes(tmp_path), shard, tmp_path / "log", seconds.append)
    assert seconds == [0.25, 0.5] * 2
    assert [(tmp_path / f"{shard}").read_text() for shard in (0, 4)] == ["set"] * 2
    assert "CALOBENCH_TEST" not in os.environ


def test_a_named_error_reaches_the_parent(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="unknown material"):
        Children({}).make(RefusesToStart(), 0, tmp_path / "log", lambda _: None)


def test_a_process_that_dies_is_told_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(Geant4Error, match=r"exit code 7.*log"):
        Children({}).make(Dies(), 0, log, lambda _: None)
    assert "G4Exception" in log.read_text()


def test_a_process_that_is_killed_gets_another_try(tmp_path: Path) -> None:
    seconds: list[float] = []
    Children({}).make(IsKilled(tmp_path, 2), 0, tmp_path / "log", seconds.append)
    assert seconds == [1.0]
    (tmp_path / "again").mkdir()
    with pytest.raises(Geant4Error, match="exit code -9"):
        Children({}).make(IsKilled(tmp_path / "again", 3), 0, tmp_path / "log", seconds.append)


def test_no_process_is_left_when_all_are_stopped(tmp_path: Path) -> None:
    children = Children({})
    failed: list[Exception] = []

    def wait() -> None:
        try:
            children.make(Waits(tmp_path), 0, tmp_path / "log", lambda _: None)
        except Geant4Error as error:
            failed.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    children.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert "exit code -9" in str(failed[0])


def test_a_question_on_standard_input_gets_no_answer_and_does_not_hang(tmp_path: Path) -> None:
    Children({}).make(Reads(tmp_path), 0, tmp_path / "log", lambda _: None)
    assert (tmp_path / "answer").read_text() == "b''"
