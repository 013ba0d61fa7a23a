"""One timing, from a request to its results."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from calobench._util.progress import Advance, Progress, SilentProgress
from calobench.benchmarks.timing.assemble import assemble
from calobench.benchmarks.timing.cell import Cell, Limits
from calobench.benchmarks.timing.geant4_task import Geant4Task
from calobench.benchmarks.timing.machine import read_snapshot
from calobench.benchmarks.timing.messages import Finish, Visit, Visited
from calobench.benchmarks.timing.model_task import ModelTask
from calobench.benchmarks.timing.peak_task import FLOPS_A_CALL, PeakTask
from calobench.benchmarks.timing.pinning import place
from calobench.benchmarks.timing.record import TimedQuality, TimingResults
from calobench.benchmarks.timing.request import TimingRequest
from calobench.benchmarks.timing.schedule import measure_rounds, warm_up
from calobench.benchmarks.timing.subject import Machine, Subject
from calobench.benchmarks.timing.tasks import Point, Task
from calobench.benchmarks.timing.validity import Placement
from calobench.benchmarks.timing.worker import Worker
from calobench.errors import CalobenchError
from calobench.simulate.geant4_data import geant4_environment, require_geant4

__all__ = ["measure"]

_PEAK_CALLS = 150

_Hired = tuple[Worker, tuple[Cell, ...]]


@dataclass(frozen=True)
class _Workplace:
    """The settings that all processes share."""

    placement: Placement
    threads: int
    logs: Path
    environment: dict[str, str]

    def hire(self, task: Task, name: str) -> Worker:
        return Worker(task, self.threads, self.placement.cores, self.logs / name, self.environment)


def measure(
    request: TimingRequest,
    progress: Progress | None = None,
    quality: tuple[TimedQuality, ...] = (),
) -> TimingResults:
    """Time models, and Geant4 beside them.

    Every model on every device, and Geant4, has a fresh process of its own, all pinned to the same
    cores; only one works at a time, in turns.

    Args:
        request: what to time.
        progress: shows the stages.
        quality: of the models, to be kept with the times.

    Raises:
        CalobenchError: anything wrong with the request, or a model, a device or Geant4 cannot be set
            up; before any measurement. What fails later is in ``failures``, and the rest is measured.
    """
    show = progress or SilentProgress()
    environment: dict[str, str] = {}
    if request.geant4:
        require_geant4()
        environment = geant4_environment(request.geant4_data, os.environ)
    placement = place(request.threads)
    begun, created = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    with tempfile.TemporaryDirectory() as logs, contextlib.ExitStack() as stack:
        workplace = _Workplace(placement, request.threads, Path(logs), environment)
        tasks = _tasks(request)
        with show.stage("load", len(tasks) + 1) as advance:
            workers = _hire(tasks, request, workplace, stack, advance)
            peak = _peak(workplace)
            advance()
        before, own_before = read_snapshot(), time.process_time()
        _run(workers, request, show)
        after, own_after = read_snapshot(), time.process_time()
        subjects = tuple(
            Subject(worker.task, worker.ready, tuple(cells), _end(worker))
            for worker, cells in workers
        )
    own = own_after - own_before + sum(subject.cpu_s for subject in subjects)
    machine = Machine(placement, before, after, own, peak)
    return assemble(request, subjects, machine, created, time.monotonic() - begun, quality)


def _tasks(request: TimingRequest) -> list[Task]:
    detector, particle, seed = request.detector, request.particle, request.seed
    tasks: list[Task] = [
        ModelTask(model, device, detector, particle, request.energies_mev, seed)
        for model in request.models
        for device in request.devices
    ]
    if request.geant4:
        tasks += [Geant4Task(detector, particle, seed, callbacks) for callbacks in (False, True)]
    return tasks


def _hire(
    tasks: list[Task],
    request: TimingRequest,
    workplace: _Workplace,
    stack: contextlib.ExitStack,
    advance: Advance,
) -> list[_Hired]:
    workers = []
    for number, task in enumerate(tasks):
        # One after the other: how long a model takes to load is measured too.
        worker = workplace.hire(task, f"{number}.log")
        stack.callback(worker.stop)
        workers.append((worker, _cells(task, request)))
        advance()
    return workers


def _cells(task: Task, request: TimingRequest) -> tuple[Cell, ...]:
    """Every energy with the smallest batch; larger ones at the main energy, ascending."""
    geant4 = isinstance(task, Geant4Task)
    smallest, *larger = (1,) if geant4 else request.batch_sizes
    points = [Point(energy, smallest) for energy in request.energies_mev]
    points += [Point(request.main_energy_mev, batch) for batch in larger]
    # The main energy first: its first call is the one that initialises.
    points.sort(key=lambda point: (point.batch, point.energy_mev != request.main_energy_mev))
    return tuple(Cell(point, by_mean=geant4) for point in points)


def _run(workers: list[_Hired], request: TimingRequest, show: Progress) -> None:
    limits = Limits(request.precision, request.max_seconds)
    with show.stage("warm up", len(workers)) as advance:
        for worker, cells in workers:
            warm_up(worker, cells, limits)
            advance()
    with show.stage("measure", sum(len(cells) for _, cells in workers)) as advance:
        measure_rounds(
            workers,
            limits,
            np.random.default_rng(np.random.SeedSequence((request.seed, 2))),
            advance,
        )


def _end(worker: Worker) -> Finish:
    """The last message of a process; one that died has none: its cells say so."""
    try:
        return worker.finish()
    except CalobenchError:
        return Finish(cpu_s=worker.ready.cpu_s)


def _peak(workplace: _Workplace) -> float | None:
    """Floating-point operations per second that the cores can do, in their best call."""
    worker = workplace.hire(PeakTask(), "peak.log")
    try:
        visited = worker.visit(Visit(Point(0.0, 1), 0, _PEAK_CALLS, settle=5))
    finally:
        worker.stop()
    if not isinstance(visited, Visited):
        return None
    # Of one thread the CPU time: it does not grow when the core is shared.
    best = min(visited.cpu_ns if workplace.threads == 1 else visited.wall_ns)
    return FLOPS_A_CALL / (best / 1e9)
