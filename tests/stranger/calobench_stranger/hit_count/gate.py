"""The number of hits in two runs."""

from __future__ import annotations

from calobench.gate.changes import quality_entries
from calobench.gate.kinds import Floor, MetricKind
from calobench.gate.part import GatePart, PartSettings
from calobench_stranger.hit_count.record import HitCount

__all__ = ["GATE_PART"]


def _obstacles(candidate: HitCount, baseline: HitCount, settings: PartSettings) -> list[str]:
    if candidate.threshold_mev == baseline.threshold_mev:
        return []
    return ["other threshold: renew the baseline"]


GATE_PART = GatePart(
    absent="no hit counts: make the run with 'calobench run --with hit_count'",
    names=lambda record: [metric.name for metric in record.metrics],
    obstacles=_obstacles,
    entries=quality_entries,
    # A hit, or a tenth of the distance that there was, does not matter.
    kinds=(MetricKind("hits", "hits", Floor(1.0, 0.1), amount=" hits"),),
)
