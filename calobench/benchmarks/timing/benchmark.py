"""What a shower costs, as a benchmark: only a command of its own has the core to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from calobench.benchmarks.base import Benchmark
from calobench.benchmarks.timing.record import TimingResults

if TYPE_CHECKING:
    from calobench.gate.part import GatePart
    from calobench.report.comparison.charts import Chart
    from calobench.report.comparison.runs import Runs
    from calobench.report.section import Section

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


BENCHMARK = Benchmark(
    name="timing",
    title="What a shower costs",
    record=TimingResults,
    section=_section,
    gate=_gate,
    charts=_charts,
)
