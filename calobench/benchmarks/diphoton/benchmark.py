"""Two photons close together, as a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from calobench.benchmarks.base import Benchmark, Measure, OwnShowers
from calobench.benchmarks.diphoton.record import DiphotonResults
from calobench.detectors.spec import DetectorSpec
from calobench.results.record import Record

if TYPE_CHECKING:
    from calobench.gate.part import GatePart
    from calobench.report.comparison.charts import Chart
    from calobench.report.comparison.runs import Runs
    from calobench.report.section import Section

__all__ = ["BENCHMARK"]


def _prepare(model: str, detector: DetectorSpec, seed: int, replicas: int) -> Measure:
    from calobench.benchmarks.diphoton.request import DiphotonRequest
    from calobench.benchmarks.diphoton.study import prepare_diphoton
    from calobench.models.cached import with_cache
    from calobench.models.registry import load_model

    request = DiphotonRequest(detector=detector, seed=seed, replicas=replicas)
    return prepare_diphoton(request, with_cache(load_model(model, detector), model)).run


def _section() -> Section:
    from calobench.benchmarks.diphoton.page import SECTION

    return SECTION


def _gate() -> GatePart:
    from calobench.benchmarks.diphoton.gate import GATE_PART

    return GATE_PART


def _charts() -> Callable[[Runs], Iterable[Chart]]:
    from calobench.benchmarks.diphoton.charts import diphoton_charts

    return diphoton_charts


def _sentence(found: DiphotonResults) -> tuple[str, str]:
    from calobench.benchmarks.diphoton.words import diphoton_words

    return diphoton_words(found)


def _without_pictures(record: Record) -> Record:
    return record.model_copy(update={"curves": (), "events": ()})


BENCHMARK = Benchmark(
    name="diphoton",
    title="Two photons close together",
    record=DiphotonResults,
    in_run=OwnShowers(_prepare),
    section=_section,
    gate=_gate,
    charts=_charts,
    sentence=_sentence,
    kept=_without_pictures,
)
