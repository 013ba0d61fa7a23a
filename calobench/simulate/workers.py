"""Worker processes, each with one Geant4, fed with shards one at a time.

A pipe joins each worker to its parent. The parent sends the number of a shard; the worker answers
with the CPU seconds of every shower, then ``None`` when the shard is on disk. When the parent is
killed the pipe breaks and the worker ends, so that no process is left behind.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol

from calobench.errors import CalobenchError, Geant4Error

__all__ = ["Task", "run_workers"]

# A Geant4 run manager survives neither a fork nor a second of its kind in the same process.
_CONTEXT = multiprocessing.get_context("spawn")
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class Task(Protocol):
    """What the workers do; it travels to them by pickling."""

    def prepare(self) -> Callable[[int, Callable[[float], None]], None]:
        """Set up Geant4; returns a function of (shard, report) that makes one shard.

        It calls ``report`` with the CPU seconds of every shower.
        """


def run_workers(
    task: Task,
    shards: Sequence[int],
    logs: Sequence[Path],
    environment: dict[str, str],
    report: Callable[[float], None],
) -> None:
    """Make all shards with one worker for each of ``logs``.

    Args:
        task: what to do.
        shards: numbers of the shards.
        logs: where each worker's Geant4 may print.
        environment: variables to set before Geant4 is loaded.
        report: called with the CPU seconds of every shower.

    Raises:
        CalobenchError: as a worker raised it.
        Geant4Error: a worker died.
    """
    waiting = deque(shards)
    with contextlib.ExitStack() as stack:
        busy: dict[Any, _Worker] = {}
        for log in logs[: len(shards)]:
            worker = _Worker(task, log, environment)
            stack.callback(worker.stop)
            worker.give(waiting.popleft())
            busy[worker.connection] = worker
        while busy:
            for connection in wait(list(busy)):
                seconds = busy[connection].answer()
                if seconds is not None:
                    report(seconds)
                elif waiting:
                    busy[connection].give(waiting.popleft())
                else:
                    del busy[connection]


class _Worker:
    """The parent's side of one worker."""

    def __init__(self, task: Task, log: Path, environment: dict[str, str]) -> None:
        self._log = log
        self.connection, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(
            target=_work, args=(task, theirs, log, environment), daemon=True
        )
        self._process.start()
        theirs.close()

    def give(self, shard: int) -> None:
        """Let it make a shard."""
        with contextlib.suppress(BrokenPipeError):  # reading its answer will tell that it died
            self.connection.send(shard)

    def answer(self) -> float | None:
        """CPU seconds of a shower, or None for a shard.

        Raises:
            CalobenchError: as the worker raised it.
            Geant4Error: the worker died.
        """
        try:
            answer = self.connection.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            raise Geant4Error(
                f"a Geant4 process stopped (exit code {self._process.exitcode}); {self._log} has "
                "what it printed; the same command goes on from the last complete shard"
            ) from None
        if isinstance(answer, CalobenchError):
            raise answer
        return None if answer is None else float(answer)

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()
        self.connection.close()


def _work(task: Task, connection: Connection, log: Path, environment: dict[str, str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    os.environ.update(environment)
    _redirect(log)
    try:
        make = task.prepare()
        while True:
            make(connection.recv(), connection.send)
            connection.send(None)
    except (EOFError, ConnectionError):
        pass  # the parent is gone
    except CalobenchError as error:
        connection.send(error)
    os._exit(0)  # Geant4's destructors crash when Python takes its objects apart


def _redirect(log: Path) -> None:
    """Let what the process prints, from C++ too, go to a file, and what it reads be empty."""
    for place, mode, descriptors in ((os.devnull, os.O_RDONLY, (0,)), (log, _APPEND, (1, 2))):
        opened = os.open(place, mode, 0o644)
        for descriptor in descriptors:
            os.dup2(opened, descriptor)
        os.close(opened)
