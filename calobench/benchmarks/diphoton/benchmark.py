"""Two photons close together, as a benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from calobench.benchmarks.base import Benchmark, Measure, OwnShowers
from calobench.benchmarks.diphoton.record import DiphotonResults
from calobench.detectors.spec import DetectorSpec
from calobench.results.main_score import MainScore
from calobench.results.record import Record

if TYPE_CHECKING:
    from calobench.gate.part import GatePart
    from calobench.report.comparison.charts import Chart
    from calobench.report.comparison.runs import Runs
    from calobench.report.section import Section
    from calobench.results.schema import Results

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


def _sentence(record: DiphotonResults) -> tuple[str, str]:
    from calobench.benchmarks.diphoton.words import diphoton_words

    return diphoton_words(record)


def _scores(
    results: Results,  # noqa: ARG001 (all benchmarks share the call)
    record: DiphotonResults,
) -> list[MainScore]:
    """The main metrics of the gate, as differences to Geant4."""
    from calobench.benchmarks.diphoton.gate import GATE_PART
    from calobench.results.quality import EstimateMetric

    columns = {column.name: column for column in record.metrics.columns}
    return [
        MainScore(
            name=metric.name,
            label=f"{columns[metric.name].label}, two photons",
            unit=columns[metric.name].unit,
            value=metric.value - metric.reference,
            error=math.hypot(metric.error, metric.reference_error),
            agrees=0.0,
            worse="both",
            setup=record.settings.readout_hash,
        )
        for metric in record.metrics.metrics
        if metric.name in GATE_PART.headline
        and isinstance(metric, EstimateMetric)
        and metric.name in columns
    ]


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
    scores=_scores,
    kept=_without_pictures,
)
