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
    """What the gate reads of results and of baselines alike."""

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
        """Where and when."""

    @property
    def quality(self) -> QualityRecord | None:
        """The metrics."""

    @property
    def benchmarks(self) -> Mapping[str, Record]:
        """Records of the benchmarks that were run, by name."""


def setup_obstacles(candidate: Judged, baseline: Judged) -> list[str]:
    """Differences that make the two runs answers to different questions."""
    ours, theirs = candidate.detector, baseline.detector
    if ours.name != theirs.name:
        return [f"other detector: the results are for {ours.name}, the baseline for {theirs.name}"]
    if ours.geometry_hash != theirs.geometry_hash:
        return [
            f"other geometry: {ours.name} has the hash {ours.geometry_hash[:12]} in the results and "
            f"{theirs.geometry_hash[:12]} in the baseline"
        ]
    return []


def quality_obstacles(candidate: Judged, baseline: Judged, policy: Policy) -> list[str]:
    """Reasons why the metrics of the two runs cannot be compared."""
    ours, theirs = candidate.quality, baseline.quality
    if ours is None or theirs is None:
        what = "the results have" if ours is None else "the baseline has"
        return [f"{what} no metrics for a gate: fewer than 50 showers; run it again"]
    reasons = []
    if ours.version != theirs.version:
        reasons.append(
            f"other metrics: version {ours.version} in the results, {theirs.version} in the baseline"
        )
    if not same_reference(candidate.reference, baseline.reference):
        reasons.append(
            f"other reference: '{candidate.reference.source}' ({candidate.reference.sha256[:12]}) in "
            f"the results, '{baseline.reference.source}' ({baseline.reference.sha256[:12]}) in the "
            "baseline"
        )
    if ours.threshold_mev != theirs.threshold_mev:
        reasons.append(
            f"other threshold: cells above {ours.threshold_mev:g} MeV in the results, "
            f"{theirs.threshold_mev:g} MeV in the baseline"
        )
    for what, n in (("results", ours.n), ("baseline", theirs.n)):
        if n < policy.min_showers:
            reasons.append(
                f"too few showers: the {what} have {n}, the policy wants {policy.min_showers}"
                if what == "results"
                else f"too few showers: the baseline has {n}, the policy wants {policy.min_showers}"
            )
    return reasons
