"""The stages of a run: each shows its progress, and leaves its wall time and peak memory."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from calobench._util.progress import Advance, Progress
from calobench.results.schema import StageTiming

__all__ = ["Stages", "peak_memory_bytes"]


def peak_memory_bytes() -> int:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Stages:
    """Shows and times one stage after the other.

    Args:
        progress: shows the bars.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._timings: list[StageTiming] = []

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """Time the body; with ``total`` items it advances the bar itself."""
        start = time.perf_counter()
        with self._progress.stage(name, total or 1) as advance:
            yield advance
            if total is None:
                advance()
        wall = time.perf_counter() - start
        timing = StageTiming(name=name, wall_s=wall, peak_memory_bytes=peak_memory_bytes())
        self._timings.append(timing)

    @property
    def timings(self) -> tuple[StageTiming, ...]:
        """The finished stages in order."""
        return tuple(self._timings)
