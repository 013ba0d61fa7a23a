"""Two photons close together in two runs: only where both were made and reconstructed alike."""

from __future__ import annotations

from collections.abc import Mapping

from calobench.benchmarks.diphoton.record import DiphotonMetrics, DiphotonResults
from calobench.gate.changes import Entry, quality_entries
from calobench.gate.policy import Policy
from calobench.results.gate import Gap
from calobench.results.quality import CountMetric, EstimateMetric, Metric

__all__ = ["diphoton_entries", "diphoton_obstacles"]

# What must be alike, and how it is called. Seeds and the number of replicas may differ.
_SETTINGS: Mapping[str, str] = {
    "geometry_hash": "geometry",
    "readout_hash": "readout cells or sampling fraction",
    "energies_mev": "energies, MeV",
    "edges_mm": "separations, mm",
    "theta": "theta, rad",
    "phi": "phi, rad",
    "vertex_z_mm": "mid-point along the beam, mm",
    "placement": "placement",
    "threshold_mev": "threshold, MeV",
    "noise_mev": "noise, MeV",
    "reconstruction": "parameters of the reconstruction",
}


def diphoton_obstacles(
    candidate: DiphotonResults | None, baseline: DiphotonResults | None, policy: Policy
) -> list[str]:
    """What keeps the two from being compared."""
    reasons = []
    runs = (("the results have", candidate), ("the baseline has", baseline))
    for who, run in runs:
        if run is None:
            reasons.append(
                f"{who} no di-photon benchmark: make the run with 'calobench run --with diphoton', or "
                "add it with 'calobench diphoton --into'"
            )
    if reasons or candidate is None or baseline is None:
        return reasons
    ours, theirs = candidate.metrics, baseline.metrics
    if ours.version != theirs.version:
        reasons.append(
            f"other metrics: version {ours.version} in the results, {theirs.version} in the baseline"
        )
    reasons += _other_settings(candidate, baseline)
    for who, metrics in (("the results have", ours), ("the baseline has", theirs)):
        if metrics.n < policy.min_pairs:
            reasons.append(
                f"too few pairs of showers: {who} {metrics.n}, the policy wants {policy.min_pairs}"
            )
    return reasons


def _other_settings(candidate: DiphotonResults, baseline: DiphotonResults) -> list[str]:
    reasons = []
    files = [[one[:12] for one in run.reference.sha256] for run in (candidate, baseline)]
    if candidate.reference.sha256 != baseline.reference.sha256:
        reasons.append(
            f"other reference: '{candidate.reference.description}' ({', '.join(files[0])}) in the "
            f"results, '{baseline.reference.description}' ({', '.join(files[1])}) in the baseline"
        )
    for field, words in _SETTINGS.items():
        ours, theirs = (getattr(run.settings, field) for run in (candidate, baseline))
        if ours != theirs:
            reasons.append(f"other {words}: {_told(ours)} in the results, {_told(theirs)} before")
    return reasons


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:g}" for name, number in value.items())
    if isinstance(value, tuple):
        return " ".join(f"{number:g}" for number in value)
    return f"{value:g}" if isinstance(value, float) else str(value)[:12] or "unknown"


def diphoton_entries(
    candidate: DiphotonMetrics, baseline: DiphotonMetrics, policy: Policy
) -> tuple[list[Entry], list[Gap]]:
    """Metrics that can be compared, and those that cannot with the reason."""
    before = {metric.name: metric for metric in baseline.metrics}
    after = {metric.name: metric for metric in candidate.metrics}
    ours, theirs = (
        metrics.model_copy(
            update={"metrics": tuple(_shared(one, other.get(one.name)) for one in metrics.metrics)}
        )
        for metrics, other in ((candidate, before), (baseline, after))
    )
    return quality_entries(ours, theirs, policy)


def _shared(metric: Metric, other: Metric | None) -> Metric:
    """The metric against the reference of both runs.

    Runs of other seeds put the same Geant4 showers at other places: the average of the two is the better
    origin, and with one origin the change of the distance is that of the model.
    """
    if isinstance(metric, EstimateMetric) and isinstance(other, EstimateMetric):
        # The two hold the same showers: averaging places does not make the error smaller.
        return metric.model_copy(update={"reference": (metric.reference + other.reference) / 2})
    if isinstance(metric, CountMetric) and isinstance(other, CountMetric):
        summed = {
            "reference_count": metric.reference_count + other.reference_count,
            "n_reference": metric.n_reference + other.n_reference,
        }
        return metric.model_copy(update=summed)
    return metric
