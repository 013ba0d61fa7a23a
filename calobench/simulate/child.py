"""Processes with one Geant4 each, for one shard each.

A run manager of Geant4 survives neither a fork nor a second of its kind in the same process, prints where it
likes and crashes when Python takes its objects apart. So every shard has a process of its own, whoever asks
for it: a thread, a worker of Dask or a job of a batch system. The task goes in by its standard input, and the
CPU seconds of every shower come back by its output, then None when the shard is on disk. When whoever asked
is killed the pipe breaks and the process ends, so that none is left behind.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

from calobench.errors import CalobenchError, Geant4Error

__all__ = ["Children", "Task"]

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
_START = "from calobench.simulate.child import work; work()"
# A process that the system kills (memory, a batch system) is worth another try; one that ends itself is not.
_ATTEMPTS = 3

Report = Callable[[float], None]
"""Called with the CPU seconds of every shower."""


class Task(Protocol):
    """The task of the process; it travels there by pickling."""

    def prepare(self) -> Callable[[int, Report], None]:
        """Set up Geant4; returns a function of (shard, report) that makes one shard.

        It calls ``report`` with the CPU seconds of every shower.
        """


class Children:
    """Starts a process for each shard, and can end all of them.

    Args:
        environment: variables to set before Geant4 is loaded.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._live: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def make(self, task: Task, shard: int, log: Path, report: Report) -> None:
        """Make one shard in a process; any thread may call this.

        Args:
            task: what to do.
            shard: number of the shard.
            log: where Geant4 may print.
            report: called with the CPU seconds of every shower.

        Raises:
            CalobenchError: as the process raised it.
            Geant4Error: the process died.
        """
        for attempt in range(_ATTEMPTS):
            code = self._made(task, shard, log, report)
            if code is None:
                return
            if self._stopped or code >= 0 or attempt == _ATTEMPTS - 1:
                raise Geant4Error(
                    f"a Geant4 process stopped (exit code {code}); {log} has what it printed; the same "
                    "command goes on from the last complete shard"
                )

    def stop(self) -> None:
        """End all processes; no more are started."""
        with self._lock:
            self._stopped = True
            for process in self._live:
                process.kill()

    def _made(self, task: Task, shard: int, log: Path, report: Report) -> int | None:
        """None for a shard that is made, else the exit code of the process."""
        with self._lock:
            if self._stopped:
                return 0
            process = subprocess.Popen(
                [sys.executable, "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **self._environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            self._live.add(process)
        try:
            with process:
                try:
                    return None if _answered(process, task, shard, log, report) else process.wait()
                finally:
                    process.kill()
        finally:
            self._live.discard(process)


def _answered(
    process: subprocess.Popen[bytes], task: Task, shard: int, log: Path, report: Report
) -> bool:
    """Whether the process has said that the shard is on disk."""
    if process.stdin is None or process.stdout is None:
        return False
    try:
        with process.stdin as stdin:
            pickle.dump((task, shard, log), stdin)
    except OSError:
        pass  # reading its answer will tell that it died
    while True:
        try:
            answer = pickle.load(process.stdout)  # noqa: S301 (our own process)
        except (EOFError, OSError, pickle.UnpicklingError):
            return False
        if isinstance(answer, CalobenchError):
            raise answer
        if answer is None:
            return True
        report(float(answer))


def work() -> None:
    """The process: one shard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us ends us
    task, shard, log = pickle.load(sys.stdin.buffer)  # noqa: S301 (whoever started us)
    with os.fdopen(os.dup(1), "wb") as answers:
        _redirect(log)
        try:
            task.prepare()(shard, lambda seconds: _send(answers, seconds))
            _send(answers, None)
        except CalobenchError as error:
            _send(answers, error)
        except BrokenPipeError:
            pass  # whoever started us is gone
        os._exit(0)  # Geant4's destructors crash when Python takes its objects apart


def _send(answers: IO[bytes], answer: Any) -> None:
    pickle.dump(answer, answers)
    answers.flush()


def _redirect(log: Path) -> None:
    """Let what the process prints, from C++ too, go to a file, and what it reads be empty."""
    for place, mode, descriptors in ((os.devnull, os.O_RDONLY, (0,)), (log, _APPEND, (1, 2))):
        opened = os.open(place, mode, 0o644)
        for descriptor in descriptors:
            os.dup2(opened, descriptor)
        os.close(opened)
