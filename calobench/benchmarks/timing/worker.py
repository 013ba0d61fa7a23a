"""The parent's side of a measuring process."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from calobench import errors
from calobench.benchmarks.timing.messages import (
    Broken,
    Failed,
    Finish,
    OutOfMemory,
    Ready,
    Visit,
    Visited,
)
from calobench.benchmarks.timing.pinning import thread_environment
from calobench.benchmarks.timing.tasks import Task
from calobench.errors import CalobenchError

__all__ = ["Worker"]


class Worker:
    """A fresh process with one task.

    Args:
        task: what it measures.
        threads: that it may use.
        cpus: that it is pinned to.
        log: where what it prints goes.
        environment: variables to set besides those of this process.

    Raises:
        CalobenchError: as setting up the task raised it; the task's ``failure`` if the process died.
    """

    def __init__(
        self,
        task: Task,
        threads: int,
        cpus: Collection[int],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.task = task
        self._log = log
        self._connection, child_end = multiprocessing.Pipe()
        arguments = [str(child_end.fileno()), str(threads), ",".join(map(str, sorted(cpus)))]
        # Where this process finds its modules; -P adds no others.
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        with log.open("wb") as output:
            # A session of its own: an interrupt of the terminal reaches only the parent, which ends it.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "calobench.benchmarks.timing.process", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[child_end.fileno()],
                env={
                    **os.environ,
                    **thread_environment(threads),
                    "PYTHONPATH": paths,
                    **(environment or {}),
                },
                start_new_session=True,
            )
        child_end.close()
        try:
            self._send(task)
            self.ready = self._ready()
        except BaseException:
            self.stop()
            raise

    def visit(self, visit: Visit) -> Visited | OutOfMemory | Broken:
        """Measure for a while.

        Raises:
            CalobenchError: the task's ``failure``: the process died.
        """
        self._send(visit)
        answer = self._receive()
        if isinstance(answer, Visited | OutOfMemory | Broken):
            return answer
        raise self._unexpected(answer)

    def finish(self) -> Finish:
        """Let it end, and learn what it saw.

        Raises:
            CalobenchError: the task's ``failure``: the process died.
        """
        self._send(Finish())
        answer = self._receive()
        if isinstance(answer, Finish):
            return answer
        raise self._unexpected(answer)

    def stop(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _send(self, message: object) -> None:
        with contextlib.suppress(ConnectionError):  # reading the answer will tell that it died
            self._connection.send(message)

    def _ready(self) -> Ready:
        answer = self._receive()
        if isinstance(answer, Ready):
            return answer
        raise self._unexpected(answer)

    def _receive(self) -> object:
        try:
            answer: object = self._connection.recv()
        except (EOFError, ConnectionError):
            raise self.task.failure(self._last_words()) from None
        if isinstance(answer, Failed):
            raise _error(answer)
        return answer

    def _unexpected(self, answer: object) -> TypeError:
        return TypeError(f"{self.task.name} answered {answer!r}")

    def _last_words(self) -> str:
        code = self._process.wait()
        how = f"exit code {code}"
        if code < 0:
            how = f"signal {signal.Signals(-code).name}"
        lines = self._log.read_text(errors="replace").split("\n")
        printed = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        remedy = " (out of memory? give smaller --batch-sizes)" if code == -signal.SIGKILL else ""
        return (
            f"the process that times {self.task.name} died, {how}{remedy}; "
            f"it printed last: {printed[:200]}"
        )


def _error(failed: Failed) -> CalobenchError:
    kind = getattr(errors, failed.kind, CalobenchError)
    # Some kinds make their message from parts: here it is made already.
    error: CalobenchError = kind.__new__(kind, failed.message)
    return error
