"""Tying processes to cores, and reading back that they are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from calobench.benchmarks.timing.machine import read_snapshot, siblings
from calobench.benchmarks.timing.validity import Placement
from calobench.errors import DeviceError

__all__ = ["allowed_cpus", "choose", "own_affinity", "place", "thread_environment"]

_LOOK_S = 0.3
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def allowed_cpus() -> frozenset[int]:
    """The CPUs that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


def place(threads: int) -> Placement:
    """Choose as many cores as threads: those that work least at the moment.

    Raises:
        DeviceError: this process may not use so many.
    """
    allowed = allowed_cpus()
    if not 1 <= threads <= len(allowed):
        raise DeviceError(
            f"--threads {threads}: this process may use {len(allowed)} cores; "
            f"give 1 to {len(allowed)}"
        )
    before = read_snapshot().busy_s
    time.sleep(_LOOK_S)
    after = read_snapshot().busy_s
    busy = {cpu: after.get(cpu, 0.0) - before.get(cpu, 0.0) for cpu in allowed}
    hardware_threads = {cpu: siblings(cpu) for cpu in allowed}
    cores = choose(threads, busy, hardware_threads)
    beside = frozenset[int]().union(*(hardware_threads[cpu] for cpu in cores)) - cores
    return Placement(cores, beside, hasattr(os, "sched_setaffinity"))


def choose(
    threads: int, busy: Mapping[int, float], hardware_threads: Mapping[int, Iterable[int]]
) -> frozenset[int]:
    """The ``threads`` most idle CPUs, no two of one physical core while others are left.

    Args:
        threads: how many.
        busy: how much each CPU that may be used has worked lately.
        hardware_threads: of each CPU the others of the same core.
    """
    load = {
        cpu: own + sum(busy.get(other, 0.0) for other in hardware_threads.get(cpu, ()))
        for cpu, own in busy.items()
    }
    chosen: list[int] = []
    left = sorted(load, key=lambda cpu: (load[cpu], cpu))
    while len(chosen) < threads:
        taken = {other for cpu in chosen for other in hardware_threads.get(cpu, ())}
        best = next((cpu for cpu in left if cpu not in taken), left[0])
        chosen.append(best)
        left.remove(best)
    return frozenset(chosen)


def thread_environment(threads: int) -> dict[str, str]:
    """Variables that keep numerical libraries to ``threads``; to be set before they are loaded."""
    return dict.fromkeys(_THREAD_VARIABLES, str(threads))


def own_affinity() -> frozenset[int]:
    """The CPUs that any thread of this process may run on; empty where that cannot be known."""
    if not hasattr(os, "sched_getaffinity"):
        return frozenset()
    cpus: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        try:
            cpus |= os.sched_getaffinity(int(task.name))
        except ProcessLookupError:  # a thread that has just ended
            continue
    return frozenset(cpus)
