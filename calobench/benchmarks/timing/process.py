"""The measuring process: ``python -m calobench.benchmarks.timing.process FD THREADS CPUS``.

It is pinned before anything is imported that could start threads, sets up one task, and then measures
when it is told to; in between it sleeps. It ends with its parent, whose end of the pipe then closes.
"""

from __future__ import annotations

import os
import sys
import time

__all__: list[str] = []


def _main(descriptor: int, threads: int, cpus: set[int]) -> None:
    if cpus and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cpus)
    start = time.perf_counter()

    from multiprocessing.connection import Connection

    from calobench.benchmarks.timing.measuring import serve

    with Connection(descriptor) as connection:
        serve(connection, threads, start)
    sys.stdout.flush()
    os._exit(0)  # Geant4's destructors crash when Python takes its objects apart


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), {int(cpu) for cpu in sys.argv[3].split(",") if cpu})
