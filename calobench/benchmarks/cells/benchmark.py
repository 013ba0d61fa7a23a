"""The network on the cells, as a benchmark of a run's own showers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calobench.benchmarks.base import Benchmark, SampleSetup, SharedShowers, Watcher
from calobench.results.main_score import MainScore
from calobench.results.multivariate import ClassifierTest

if TYPE_CHECKING:
    from calobench.evaluation.multivariate.judging import Name
    from calobench.report.section import Section
    from calobench.results.schema import Results

__all__ = ["BENCHMARK"]


def _check() -> None:
    from calobench.benchmarks.cells.classify import require_torch

    require_torch()


def _watch(samples: SampleSetup) -> Watcher:
    from calobench.benchmarks.cells.classify import CellTest

    return CellTest(
        samples.reference,
        samples.model,
        samples.detector,
        paired=samples.paired,
        seed=np.random.SeedSequence((samples.seed, 6)),
    )


def _section() -> Section:
    from calobench.benchmarks.cells.page import SECTION

    return SECTION


def _scores(
    results: Results,  # noqa: ARG001 (all benchmarks share the call)
    record: ClassifierTest,
) -> tuple[MainScore, ...]:
    return () if record.score is None else (MainScore.of(record.score),)


def _classifier(record: ClassifierTest) -> ClassifierTest:
    return record


def _names() -> tuple[Name, ...]:
    from calobench.benchmarks.cells.classify import AUC

    return (AUC,)


BENCHMARK = Benchmark(
    name="cells",
    title="A network on the cells",
    record=ClassifierTest,
    in_run=SharedShowers(_check, _watch),
    section=_section,
    scores=_scores,
    names=_names,
    classifier=_classifier,
    topic="cells",
)
