"""From measured times to results."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from timing_factory import make_machine, make_request, make_subjects, make_timing, measured_cell

from calobench.benchmarks.timing.assemble import assemble
from calobench.benchmarks.timing.cell import Limits
from calobench.benchmarks.timing.messages import OutOfMemory, Visit
from calobench.benchmarks.timing.record import TimingResults, TimingRow
from calobench.benchmarks.timing.statistics import mean
from calobench.benchmarks.timing.tasks import Point


@pytest.fixture(scope="module")
def timing() -> TimingResults:
    return make_timing()


def row(timing: TimingResults, model: str, energy: float = 50e3, batch: int = 1) -> TimingRow:
    (only,) = (
        r for r in timing.rows if (r.model, r.energy_mev, r.batch_size) == (model, energy, batch)
    )
    return only


def test_every_model_has_its_rows(timing: TimingResults) -> None:
    assert len(timing.rows) == 2 * (3 + 1)
    measured = row(timing, "distilled")
    assert measured.time is not None
    assert 30 <= measured.time.calls / measured.time.rounds <= 33  # a quarter of a second each
    assert measured.time.median_ms == pytest.approx(8, rel=0.02)
    low, high = measured.time.quartiles_ms
    assert low < measured.time.median_ms < high < measured.time.p90_ms
    assert measured.time.precision_reached
    assert (measured.nfe, measured.parameters, measured.threads) == (1, 1_600_000, 1)


def test_scenarios_are_one_shower_and_the_best_batch(timing: TimingResults) -> None:
    for model in ("solver", "distilled"):
        assert row(timing, model).scenarios == ("latency",)
        assert row(timing, model, batch=100).scenarios == ("throughput",)
        assert row(timing, model, 10e3).scenarios == ("latency",)


def test_latency_is_of_one_thread() -> None:
    timing = make_timing(threads=2)
    assert all("latency" not in row.scenarios for row in timing.rows)


def test_one_batch_is_both() -> None:
    timing = make_timing(batch_sizes=(1,))
    assert row(timing, "solver").scenarios == ("latency", "throughput")


def test_speed_up_is_over_geant4_without_callbacks(timing: TimingResults) -> None:
    assert timing.geant4 is not None
    measured = row(timing, "distilled")
    (geant4,) = (e for e in timing.geant4.energies if e.energy_mev == 50e3 and not e.callbacks)
    assert geant4.mean_ms == pytest.approx(3500, rel=0.05)
    assert measured.time is not None
    assert measured.speed_up is not None
    assert measured.speed_up.value == pytest.approx(geant4.mean_ms / measured.time.median_ms)
    relative = math.hypot(
        geant4.error_ms / geant4.mean_ms, measured.time.error_ms / measured.time.median_ms
    )
    assert measured.speed_up.error == pytest.approx(measured.speed_up.value * relative)
    assert measured.speed_up_callbacks is not None
    assert measured.speed_up_callbacks.value == pytest.approx(2 * measured.speed_up.value)
    assert timing.geant4.callback_share.value == pytest.approx(0.5)
    assert timing.geant4.callback_share.error == pytest.approx(0, abs=1e-6)


def test_it_grows_with_energy(timing: TimingResults) -> None:
    values = [
        speed_up.value
        for energy in (10e3, 50e3, 100e3)
        if (speed_up := row(timing, "distilled", energy).speed_up)
    ]
    assert values[1] == pytest.approx(5 * values[0], rel=0.05)
    assert values[2] == pytest.approx(10 * values[0], rel=0.05)


def test_waiting_for_a_core_does_not_count_as_speed() -> None:
    """Both wait half of the time: only the model's time is wall time."""
    calm, waiting = (row(make_timing(efficiency), "distilled") for efficiency in (1.0, 0.5))
    assert calm.speed_up is not None
    assert waiting.speed_up is not None
    assert waiting.speed_up.value == pytest.approx(0.5 * calm.speed_up.value)
    assert calm.speed_up_cpu is not None
    assert waiting.speed_up_cpu is not None
    assert calm.speed_up_cpu.value == pytest.approx(calm.speed_up.value, rel=0.02)
    assert waiting.speed_up_cpu.value == pytest.approx(calm.speed_up_cpu.value)


def test_a_loaded_machine_makes_it_invalid(timing: TimingResults) -> None:
    assert timing.invalid == ()
    loaded = make_timing(0.8)
    assert loaded.invalid[0] == "solver on cpu had a core only 80% of the time"
    assert len(loaded.invalid) == 4


def test_arithmetic_limit(timing: TimingResults) -> None:
    assert row(timing, "solver").limit_ms == pytest.approx(1e3 * 25 * 3.5e8 / 80e9)


def test_without_geant4_there_is_no_speed_up() -> None:
    timing = make_timing(geant4=False)
    assert timing.geant4 is None
    assert all(r.speed_up is None and r.speed_up_callbacks is None for r in timing.rows)


def test_the_machine(timing: TimingResults) -> None:
    machine = timing.machine
    assert machine.measured_on == (0,)
    assert machine.cores == 2
    assert machine.others_busy_cores == pytest.approx((490 + 5 - 480) / 500)
    assert machine.frequency_mhz == (2400, 2500)
    assert machine.peak_flops == 80e9
    assert machine.switches == sum(10 for r in timing.rows) + 60
    assert timing.notes == ()


class _Full:
    def visit(self, visit: Visit) -> OutOfMemory:
        return OutOfMemory("too much")


def test_a_gap_is_a_gap() -> None:
    request = make_request(geant4=False, models=("solver",), batch_sizes=(1, 100))
    (subject,) = make_subjects(request)
    full: Any = subject.cells[-1]
    full.__init__(full.point)
    full.start(_Full(), Limits(0.02, 1), None)
    timing = assemble(request, [subject], make_machine(), "2026", 1.0)
    gap = row(timing, "solver", batch=100)
    assert gap.time is None
    assert gap.speed_up is None
    assert gap.refusal == "out of memory: too much"
    assert gap.scenarios == ()
    assert row(timing, "solver").scenarios == ("latency", "throughput")


def test_without_memory_for_geant4_the_models_times_stay() -> None:
    request = make_request()
    subjects = make_subjects(request)
    (cell,) = [c for c in subjects[-1].cells if c.point.energy_mev == request.main_energy_mev]
    cell.refusal = "out of memory: too much"
    timing = assemble(request, subjects, make_machine(), "2026", 1.0)
    assert timing.geant4 is None
    assert row(timing, "solver").time is not None
    assert row(timing, "solver").speed_up is None
    assert timing.failures == (
        "Geant4 with Python callbacks, batch 1 at 50 GeV: out of memory: too much",
    )


def test_a_failure_is_told_once_a_reason() -> None:
    request = make_request(geant4=False, models=("solver",), batch_sizes=(1, 100))
    (subject,) = make_subjects(request)
    subject.cells[-1].refusal, subject.cells[-1].failed = "wrong shape", True
    subject.cells[0].interruption = "it died"
    timing = assemble(request, [subject], make_machine(), "2026", 1.0)
    assert [failure.rpartition(": ")[2] for failure in timing.failures] == [
        "it died",
        "wrong shape",
    ]
    assert row(timing, "solver").time is not None


def test_results_survive_the_file(timing: TimingResults) -> None:
    assert TimingResults.model_validate_json(timing.model_dump_json()) == timing


def test_the_helper_measures_what_it_is_given() -> None:
    cell = measured_cell(Point(1e3, 1), np.array([0.1, 0.2, 0.3]), by_mean=True)
    assert mean(cell.cpu_s.ravel()).value == pytest.approx(0.2, rel=0.1)
