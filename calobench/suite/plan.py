"""Cost of a suite, from the cost of a small part of it on this machine now.

Two short runs of the first model give the evaluation as a line in the number of showers, and what lies on
disk. Each model generates one chunk. That is scaled: generation and the tables grow with the number of
showers, everything else is paid once per run. It is CPU time of one thread, so that a loaded machine does not
look slow; models that wait for a GPU are cheaper than they take.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from calobench.detectors import load_detector
from calobench.harness.reference import read_reference
from calobench.harness.run import RunRequest, run
from calobench.harness.sources import CHUNK_SIZE, ModelSource, Source, open_source
from calobench.models.cache import packed_showers
from calobench.results.schema import Results
from calobench.suite.entries import Entry, finished

__all__ = ["Cost", "Plan", "PlannedRun", "Rates", "make_plan", "measure_rates"]

_SIZES = (50, 150)
_CHUNK = 25


@dataclass(frozen=True)
class Rates:
    """Costs of the parts of a suite on this machine, with one thread.

    Attributes:
        generate_s: per shower, by model; 0 for a file.
        run_s: evaluation, once per run.
        shower_s: evaluation, per shower.
        run_bytes: results and page of a run.
        shower_bytes: of a generated shower that is kept.
        memory_bytes: of a process, at most, in the larger of the runs.
        n: showers of that run.
    """

    generate_s: dict[str, float]
    run_s: float
    shower_s: float
    run_bytes: int
    shower_bytes: float
    memory_bytes: int
    n: int


@dataclass(frozen=True)
class PlannedRun:
    """One run of the plan.

    Attributes:
        entry: the run.
        showers: of it.
        seconds: that it will take; 0 if it is finished.
        done: whether it is finished.
    """

    entry: Entry
    showers: int
    seconds: float
    done: bool


@dataclass(frozen=True)
class Cost:
    """Cost of all that is left.

    Attributes:
        showers: number.
        core_hours: one thread each.
        disk_bytes: that will be written.
        wall_s: on so many workers: no run is divided.
    """

    showers: int
    core_hours: float
    disk_bytes: float
    wall_s: float


@dataclass(frozen=True)
class Plan:
    """The runs of a suite with what they cost.

    Attributes:
        runs: in the order of the suite.
        rates: that it was made with.
    """

    runs: tuple[PlannedRun, ...]
    rates: Rates

    def cost(self, workers: int) -> Cost:
        """Of what is left, on so many workers at the same time."""
        left = [run for run in self.runs if not run.done]
        showers = sum(run.showers for run in left)
        disk = len(left) * self.rates.run_bytes + showers * self.rates.shower_bytes
        seconds = [run.seconds for run in left]
        return Cost(showers, sum(seconds) / 3600, disk, _makespan(seconds, workers))


def measure_rates(entries: Sequence[Entry], advance: Callable[[int], None]) -> Rates:
    """Measure what a suite's parts cost; nothing is kept.

    Args:
        entries: of the suite.
        advance: called after each of ``2 + models`` measurements.

    Raises:
        CalobenchError: the first model cannot be run, or another cannot be made.
    """
    first, generate = entries[0], dict[str, float]()
    runs: list[tuple[Results, float, int]] = []
    for entry in {entry.name: entry for entry in reversed(entries)}.values():
        generate[entry.name] = _generation_s(entry)
        advance(1)
    with tempfile.TemporaryDirectory() as name:
        for n in _SIZES:
            request = replace(first, n=n, folder=Path(name) / str(n)).request()
            runs.append(_timed(request, generate[first.name]))
            advance(1)
    (small, small_s, _), (large, large_s, size) = runs
    slope = max(0.0, (large_s - small_s) / (large.run.n - small.run.n))
    return Rates(
        generate_s=generate,
        run_s=max(0.0, small_s - slope * small.run.n),
        shower_s=slope,
        run_bytes=size,
        shower_bytes=_shower_bytes(first),
        memory_bytes=max(stage.peak_memory_bytes for stage in large.stages),
        n=large.run.n,
    )


def make_plan(entries: Sequence[Entry], rates: Rates, n: int | None = None) -> Plan:
    """The plan of a suite.

    Args:
        entries: of the suite.
        rates: measured.
        n: showers per run instead of the suite's; none is then finished.
    """
    runs = []
    for entry in entries:
        showers = n or entry.n or 1000
        generation = rates.generate_s[entry.name] * _generated(showers)
        seconds = rates.run_s + showers * rates.shower_s + generation
        done = n is None and finished(entry) is not None
        runs.append(PlannedRun(entry, showers, 0.0 if done else seconds, done))
    return Plan(tuple(runs), rates)


def _timed(request: RunRequest, generate_s: float) -> tuple[Results, float, int]:
    """Results, seconds without generation, and bytes on disk."""
    start = time.process_time()
    outcome = run(request)
    seconds = time.process_time() - start
    n = outcome.results.run.n
    size = outcome.results_path.stat().st_size + outcome.report_path.stat().st_size
    return outcome.results, max(0.0, seconds - generate_s * _generated(n)), size


def _generated(n: int) -> int:
    """Showers that are generated for ``n``: the first chunk is made twice, to see that the seed decides."""
    return n + min(n, CHUNK_SIZE)


def _generation_s(entry: Entry) -> float:
    """Per shower, of a chunk after the first, which pays for what is made once."""
    source = _source(entry, 2 * _CHUNK)
    if not isinstance(source, ModelSource):
        return 0.0
    chunks = source.chunks(_CHUNK)
    next(chunks)
    start = time.process_time()
    next(chunks)
    return (time.process_time() - start) / _CHUNK


def _shower_bytes(entry: Entry) -> float:
    """Bytes of a kept shower: cells with energy, packed."""
    showers = next(iter(_source(entry, _CHUNK).chunks(_CHUNK)))
    return len(packed_showers(showers.energy, {})) / len(showers)


def _source(entry: Entry, n: int) -> Source:
    detector = load_detector(entry.detector)
    reference = read_reference(entry.reference, detector)
    return open_source(entry.model, reference.conditions, detector, n, entry.seed)


def _makespan(seconds: Sequence[float], workers: int) -> float:
    """Time at which the last of the runs ends: each goes to the worker that is free first, in their order."""
    free = np.zeros(max(1, workers))
    for one in seconds:
        free[free.argmin()] += one
    return float(free.max())
