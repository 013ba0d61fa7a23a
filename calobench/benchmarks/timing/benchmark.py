"""The cost per shower, as a benchmark: only a command of its own has the core to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from calobench.benchmarks.base import Benchmark
from calobench.benchmarks.timing.record import TimingResults
from calobench.results.main_score import MainScore

if TYPE_CHECKING:
    from calobench.gate.part import GatePart
    from calobench.report.comparison.charts import Chart
    from calobench.report.comparison.runs import Runs
    from calobench.report.section import Section
    from calobench.results.schema import Results

__all__ = ["BENCHMARK"]


def _section() -> Section:
    from calobench.benchmarks.timing.page import SECTION

    return SECTION


def _gate() -> GatePart:
    from calobench.benchmarks.timing.gate import GATE_PART

    return GATE_PART


def _charts() -> Callable[[Runs], Iterable[Chart]]:
    from calobench.benchmarks.timing.charts import timing_charts

    return timing_charts


def _number(results: Results, record: TimingResults) -> tuple[str, str, str] | None:
    """The speed-up of the run's model for a single shower; None where Geant4 was not timed beside it."""
    from calobench.report.text import energy, measured

    if record.invalid:
        return None
    own = [
        (row.device != "cpu", row.batch_size, row.speed_up)
        for row in record.rows
        if row.model == results.model.name
        and row.speed_up is not None
        and row.energy_mev == record.settings.main_energy_mev
    ]
    if not own:
        return None
    _, batch, speed_up = min(own, key=lambda one: one[:2])
    at = energy(record.settings.main_energy_mev)
    value = measured(speed_up.value, speed_up.error)
    return "Speed-up", value, f"times Geant4 at {at}, batch {batch}"


def _scores(results: Results, record: TimingResults) -> list[MainScore]:
    """The time of one shower at the best batch of the run's model; none where it is not to be trusted."""
    from calobench.report.text import energy

    main = record.settings.main_energy_mev
    rows = [
        row
        for row in record.rows
        if row.model == results.model.name
        and row.energy_mev == main
        and row.time is not None
        and "throughput" in row.scenarios
    ]
    if record.invalid or not rows:
        return []
    # On a processor, if it was timed there: every machine has one.
    row = min(rows, key=lambda one: one.device != "cpu")
    machine = record.machine
    hardware = row.device_name or machine.processor
    return [
        MainScore(
            name="timing.shower",
            label=f"time per shower of {energy(main)}, best batch",
            unit="ms",
            value=time.median_ms,
            error=time.error_ms,
            cost=True,
            setup=f"{hardware}, {machine.cores} cores, {row.threads} threads, batch {row.batch_size}",
        )
        for time in (row.time,)
        if time is not None
    ]


BENCHMARK = Benchmark(
    name="timing",
    title="What a shower costs",
    record=TimingResults,
    section=_section,
    gate=_gate,
    charts=_charts,
    number=_number,
    scores=_scores,
)
