"""Whether two runs may be compared at all; each reason says what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from calobench.gate.policy import Policy
from calobench.results.quality import QualityRecord
from calobench.results.record import Record
from calobench.results.same_sample import same_reference
from calobench.results.schema import (
    DetectorRecord,
    ModelRecord,
    Provenance,
    ReferenceRecord,
    RunRecord,
)

__all__ = ["Judged", "quality_obstacles", "setup_obstacles"]


class Judged(Protocol):
    """The part of results and of baselines that the gate reads."""

    @property
    def model(self) -> ModelRecord:
        """The model."""

    @property
    def detector(self) -> DetectorRecord:
        """The detector."""

    @property
    def reference(self) -> ReferenceRecord:
        """The reference sample."""

    @property
    def run(self) -> RunRecord:
        """The request."""

    @property
    def provenance(self) -> Provenance:
        """Place and time of the run."""

    @property
    def quality(self) -> QualityRecord | None:
        """The metrics."""

    @property
    def benchmarks(self) -> Mapping[str, Record]:
        """Records of the benchmarks that were run, by name."""


def setup_obstacles(candidate: Judged, baseline: Judged) -> list[str]:
    """Differences that make the two runs answers to different questions."""
    after, before = candidate.detector, baseline.detector
    if after.name != before.name:
        return [f"other detector: the results are for {after.name}, the baseline for {before.name}"]
    if after.geometry_hash != before.geometry_hash:
        return [
            f"other geometry: {after.name} has the hash {after.geometry_hash[:12]} in the results and "
            f"{before.geometry_hash[:12]} in the baseline"
        ]
    return []


def quality_obstacles(candidate: Judged, baseline: Judged, policy: Policy) -> list[str]:
    """Reasons why the metrics of the two runs cannot be compared."""
    after, before = candidate.quality, baseline.quality
    if after is None or before is None:
        what = "the results have" if after is None else "the baseline has"
        return [f"{what} no metrics for a gate: fewer than 50 showers; run it again"]
    reasons = []
    if after.version != before.version:
        reasons.append(
            f"other metrics: version {after.version} in the results, {before.version} in the baseline"
        )
    if not same_reference(candidate.reference, baseline.reference):
        reasons.append(
            f"other reference: '{candidate.reference.source}' ({candidate.reference.sha256[:12]}) in "
            f"the results, '{baseline.reference.source}' ({baseline.reference.sha256[:12]}) in the "
            "baseline"
        )
    if after.threshold_mev != before.threshold_mev:
        reasons.append(
            f"other threshold: cells above {after.threshold_mev:g} MeV in the results, "
            f"{before.threshold_mev:g} MeV in the baseline"
        )
    for what, n in (("results", after.n), ("baseline", before.n)):
        if n < policy.min_showers:
            reasons.append(
                f"too few showers: the {what} have {n}, the policy wants {policy.min_showers}"
                if what == "results"
                else f"too few showers: the baseline has {n}, the policy wants {policy.min_showers}"
            )
    return reasons
