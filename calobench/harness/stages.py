"""Wall time and peak memory of the stages of a run."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from calobench.results.schema import StageTiming

__all__ = ["StageClock", "peak_memory_bytes"]


def peak_memory_bytes() -> int:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class StageClock:
    """Collects one :class:`StageTiming` a stage."""

    def __init__(self) -> None:
        self._timings: list[StageTiming] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the body."""
        start = time.perf_counter()
        yield
        wall = time.perf_counter() - start
        timing = StageTiming(name=name, wall_s=wall, peak_memory_bytes=peak_memory_bytes())
        self._timings.append(timing)

    @property
    def timings(self) -> tuple[StageTiming, ...]:
        """The finished stages in order."""
        return tuple(self._timings)
