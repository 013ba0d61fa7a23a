"""The baseline: what a gate needs of an earlier run, in one small file that is kept with the code."""

from __future__ import annotations

from typing import Literal

from calobench.results.benchmarks import WithBenchmarks
from calobench.results.quality import QualityRecord
from calobench.results.schema import (
    DetectorRecord,
    ModelRecord,
    Provenance,
    ReferenceRecord,
    RunRecord,
)
from calobench.results.seal import Sealed

__all__ = ["BASELINE_KIND", "BASELINE_VERSION", "Baseline"]

BASELINE_KIND = "calobench-baseline"
BASELINE_VERSION = "3.0"


class Baseline(Sealed, WithBenchmarks):
    """A run without its pictures, with the same names as in the results."""

    kind: Literal["calobench-baseline"] = "calobench-baseline"
    baseline_version: Literal["3.0"] = "3.0"
    model: ModelRecord
    detector: DetectorRecord
    reference: ReferenceRecord
    run: RunRecord
    provenance: Provenance
    quality: QualityRecord
