"""Synthetic times, for tests of all that reads them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.timing.assemble import assemble
from calobench.benchmarks.timing.cell import Cell, Limits
from calobench.benchmarks.timing.geant4_task import Geant4Task
from calobench.benchmarks.timing.machine import Snapshot
from calobench.benchmarks.timing.messages import Finish, Ready, Visit, Visited
from calobench.benchmarks.timing.model_task import ModelTask
from calobench.benchmarks.timing.record import TimedQuality, TimingResults
from calobench.benchmarks.timing.request import TimingRequest
from calobench.benchmarks.timing.subject import Machine, Subject
from calobench.benchmarks.timing.tasks import Facts, Point
from calobench.benchmarks.timing.validity import Placement
from calobench.detectors import load_detector

__all__ = ["make_machine", "make_request", "make_subjects", "make_timing", "measured_cell"]

ROUNDS = 10


class _Scripted:
    """Answers visits with given times, s per shower."""

    def __init__(self, seconds: NDArray[np.float64], efficiency: float) -> None:
        self._seconds, self._efficiency = seconds, efficiency

    def visit(self, visit: Visit) -> Visited:
        numbers = np.arange(visit.first, visit.first + visit.calls) % len(self._seconds)
        walls = 1e9 * self._seconds[numbers] * visit.point.batch
        cpus = self._efficiency * walls
        peak = 300 * 2**20 + 2**20 * visit.point.batch
        return Visited(
            tuple(int(w) for w in walls), tuple(int(c) for c in cpus), 0.0, 1, peak, None
        )


def measured_cell(
    point: Point,
    seconds: NDArray[np.float64],
    *,
    by_mean: bool = False,
    efficiency: float = 1.0,
    rounds: int = ROUNDS,
) -> Cell:
    """A cell that was visited ``rounds`` times; ``seconds`` per shower repeat."""
    cell = Cell(point, by_mean=by_mean)
    visitor, limits = _Scripted(seconds, efficiency), Limits(0.02, 1e9)
    cell.start(visitor, limits, None)
    for _ in range(rounds):
        cell.measure(visitor, limits, np.random.default_rng(1))
    return cell


def make_request(**changes: object) -> TimingRequest:
    """Two models and Geant4 at three energies."""
    values: dict[str, object] = {
        "detector": load_detector("ALLEGRO"),
        "models": ("solver", "distilled"),
        "energies_mev": (10e3, 50e3, 100e3),
        "batch_sizes": (1, 100),
        "geant4": True,
        "command": "calobench time --detector ALLEGRO --models solver,distilled --geant4",
        **changes,
    }
    return TimingRequest(**values)


def make_subjects(request: TimingRequest, efficiency: float = 1.0) -> tuple[Subject, ...]:
    """Models of 200 and 8 ms, less in a batch; Geant4 of 70 ms a GeV, twice that with callbacks."""
    rng = np.random.default_rng(5)
    subjects = []
    for model, milliseconds, nfe in (("solver", 200.0, 25), ("distilled", 8.0, 1)):
        if model not in request.models:
            continue
        points = [Point(energy, 1) for energy in request.energies_mev]
        points += [Point(request.main_energy_mev, batch) for batch in request.batch_sizes[1:]]
        cells = []
        for point in points:
            typical = milliseconds / 1e3 / (1 if point.batch == 1 else 2)
            times = rng.normal(typical, 0.02 * typical, 500)
            cells.append(measured_cell(point, times, efficiency=efficiency))
        task = ModelTask(model, "cpu", request.detector, request.particle, request.energies_mev, 1)
        facts = Facts(f"the {model}", None, nfe, 1_600_000, 350_000_000, "Runtime 9")
        end = Finish(20.0, frozenset({0}), request.threads)
        subjects.append(Subject(task, Ready(facts, 3.0, 2.0), tuple(cells), end))
    for callbacks in (False, True) if request.geant4 else ():
        showers = np.random.default_rng(6).normal(1, 0.05, 500) * (2 if callbacks else 1)
        cells = [
            measured_cell(Point(e, 1), 7e-5 * e * showers, by_mean=True, efficiency=efficiency)
            for e in request.energies_mev
        ]
        geant4 = Geant4Task(request.detector, request.particle, 1, callbacks)
        facts = Facts("11.4.1 G4EmStandardPhysics")
        end = Finish(200.0, frozenset({0}))
        subjects.append(Subject(geant4, Ready(facts, 1.2, 1.0), tuple(cells), end))
    return tuple(subjects)


def make_machine() -> Machine:
    """A quiet machine of two cores that do 80 GFLOP/s."""
    before = Snapshot(0.0, 0.3, {0: 10.0, 1: 10.0}, {0: 0.0, 1: 0.0}, 7, {}, {0: 2400.0})
    after = Snapshot(500.0, 1.0, {0: 500.0, 1: 15.0}, {0: 0.0, 1: 0.0}, 7, {}, {0: 2500.0})
    return Machine(Placement(frozenset({0})), before, after, 480.0, 80e9)


def make_timing(efficiency: float = 1.0, **changes: object) -> TimingResults:
    """Valid results, or invalid ones for an efficiency below 0.95."""
    request = make_request(**changes)
    quality = tuple(
        TimedQuality(
            model=model, wasserstein_over_null=distance, compatible=0.5, observables=40, n=1000
        )
        for model, distance in (("solver", 1.4), ("distilled", 2.8))
    )
    subjects = make_subjects(request, efficiency)
    return assemble(request, subjects, make_machine(), "2026-03-02T09:41:00+00:00", 500.0, quality)
