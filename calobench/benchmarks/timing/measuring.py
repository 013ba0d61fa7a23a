"""Inside a measuring process: set up a task, measure it visit by visit."""

from __future__ import annotations

import contextlib
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from calobench.benchmarks.timing.messages import (
    Broken,
    Failed,
    Finish,
    OutOfMemory,
    Ready,
    Visit,
    Visited,
)
from calobench.benchmarks.timing.pinning import own_affinity
from calobench.benchmarks.timing.tasks import Operation, Task
from calobench.errors import CalobenchError

__all__ = ["measure_visit", "serve"]

_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "bad_alloc")


def serve(connection: Connection, threads: int, start: float) -> None:
    """Answer the parent until it says :class:`Finish` or is gone.

    Args:
        connection: to the parent, which first sends the task.
        threads: that torch may use.
        start: ``time.perf_counter`` when the process began to import.
    """
    try:
        task: Task = connection.recv()
    except (EOFError, ConnectionError):
        return  # the parent is gone
    try:
        operation = task.prepare()
        _limit_torch(threads)
        loaded = time.perf_counter() - start
        connection.send(Ready(operation.facts, loaded, time.process_time()))
        while isinstance(order := connection.recv(), Visit):
            connection.send(_visit(task, operation, order))
        connection.send(Finish(time.process_time(), own_affinity(), _torch_threads()))
    except (EOFError, ConnectionError):
        return
    except CalobenchError as error:
        connection.send(Failed(type(error).__name__, str(error)))
    except Exception as error:
        # Whatever a third party's code raises must end as one line that names the model.
        connection.send(Failed(task.failure.__name__, _problem(task, error)))


def _problem(task: Task, error: BaseException) -> str:
    return f"{task.name} failed: {type(error).__name__}: {' '.join(str(error).split())}"


def _visit(task: Task, operation: Operation, visit: Visit) -> Visited | OutOfMemory | Broken:
    try:
        return measure_visit(operation, visit)
    except CalobenchError as error:
        return _no_memory(error.__cause__) or Broken(str(error))
    except Exception as error:
        return _no_memory(error) or Broken(_problem(task, error))


def _no_memory(error: BaseException | None) -> OutOfMemory | None:
    """The answer where memory ran out, else None; torch raises a RuntimeError then, on either device."""
    text = str(error)
    if not isinstance(error, MemoryError) and not (
        isinstance(error, RuntimeError) and any(words in text for words in _NO_MEMORY)
    ):
        return None
    return OutOfMemory(text.splitlines()[0] if text else "out of memory")


def measure_visit(operation: Operation, visit: Visit) -> Visited:
    """Measure the calls of one visit."""
    job = operation.job(visit.point)
    for number in range(visit.settle):
        job(visit.first + visit.calls + number)
    walls, cpus = [], []
    waited, switches = _waited_s(), _switches()
    for number in range(visit.first, visit.first + visit.calls):
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        job(number)
        walls.append(time.perf_counter_ns() - wall)
        cpus.append(time.process_time_ns() - cpu)
    waited_after = _waited_s()
    visited = Visited(
        tuple(walls),
        tuple(cpus),
        None if waited is None or waited_after is None else waited_after - waited,
        _switches() - switches,
        _peak_bytes(),
        operation.peak_device_bytes(),
    )
    if visit.check:
        operation.check(visit.point)
    return visited


def _waited_s() -> float | None:
    """Time that the threads of this process spent waiting for a core; None where it is not told."""
    total = 0
    try:
        for task in Path("/proc/self/task").iterdir():
            total += int((task / "schedstat").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return total / 1e9


def _switches() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def _peak_bytes() -> int:
    # The kernel's maximum for a process counts what its parent had when it was started: VmHWM does not.
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _limit_torch(threads: int) -> None:
    """Only if the task has loaded torch; it is not imported for this."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)


def _torch_threads() -> int | None:
    torch = sys.modules.get("torch")
    return int(torch.get_num_threads()) if torch else None
