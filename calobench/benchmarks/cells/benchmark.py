"""The network on the cells, as a benchmark of a run's own showers."""

from __future__ import annotations

import numpy as np

from calobench.benchmarks.base import Benchmark, SampleSetup, SharedShowers, Watcher
from calobench.results.multivariate import CellClassifier

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


BENCHMARK = Benchmark(
    name="cells",
    title="A network on the cells",
    record=CellClassifier,
    in_run=SharedShowers(_check, _watch),
)
