"""The exact tier: outputs that are identical by content need no statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from calobench.benchmarks.catalogue import all_benchmarks
from calobench.results.record import Record

if TYPE_CHECKING:
    from calobench.gate.comparability import Judged

__all__ = ["identical_benchmark", "identical_quality"]


def identical_quality(candidate: Judged, baseline: Judged) -> Literal["", "showers", "metrics"]:
    """The part of two runs that is identical by content: showers, or metrics; '' where neither is.

    Two runs with the same showers, in the same order and for the same conditions, are of one model whatever
    their metrics are. Metrics that agree to every stored digit, errors and counts among them, come from
    the same showers, and are all that the gate would compare.
    """
    after, before = candidate.run.content_sha256, baseline.run.content_sha256
    if after is not None and after == before:
        return "showers"
    if candidate.quality is not None and candidate.quality == baseline.quality:
        return "metrics"
    return ""


def identical_benchmark(name: str, candidate: Record, baseline: Record) -> bool:
    """Whether a benchmark has the same record in both, as far as a baseline keeps it.

    Args:
        name: of the benchmark.
        candidate: its record in the results.
        baseline: in the baseline, or in other results.
    """
    kept = all_benchmarks()[name].kept
    return bool(kept(candidate) == kept(baseline))
