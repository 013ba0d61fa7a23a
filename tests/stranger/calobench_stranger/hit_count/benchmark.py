"""Declaration of the benchmark to calobench; imports little, because every command reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calobench.benchmarks.base import Benchmark, SampleSetup, SharedShowers, Watcher
from calobench_stranger.hit_count.record import HitCount

if TYPE_CHECKING:
    from calobench.gate.part import GatePart
    from calobench.report.section import Section

__all__ = ["BENCHMARK"]


def _check() -> None:
    """Nothing is needed that may be missing."""


def _watch(samples: SampleSetup) -> Watcher:
    from calobench_stranger.hit_count.measure import HitCounter

    return HitCounter()


def _section() -> Section:
    from calobench_stranger.hit_count.page import SECTION

    return SECTION


def _gate() -> GatePart:
    from calobench_stranger.hit_count.gate import GATE_PART

    return GATE_PART


BENCHMARK = Benchmark(
    name="hit_count",
    title="Hits per shower",
    record=HitCount,
    in_run=SharedShowers(_check, _watch),
    section=_section,
    gate=_gate,
)
