"""Two photons close together in two runs: only where both were made and reconstructed alike."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from calobench.benchmarks.diphoton.record import MIN_PAIRS, DiphotonMetrics, DiphotonResults
from calobench.gate.changes import Entry, quality_entries
from calobench.gate.kinds import Floor, MetricKind
from calobench.gate.part import GatePart, PartSettings
from calobench.gate.policy import Policy
from calobench.results.gate import Gap
from calobench.results.quality import CountMetric, EstimateMetric, Metric

__all__ = [
    "GATE_PART",
    "DiphotonSettings",
    "diphoton_entries",
    "diphoton_obstacles",
    "metric_entries",
]

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


class DiphotonSettings(PartSettings):
    """Settings of a policy for two photons.

    Attributes:
        min_pairs: fewer pairs of showers than that in either run is no verdict.
    """

    min_pairs: int = Field(default=MIN_PAIRS, ge=50)


def diphoton_obstacles(
    candidate: DiphotonResults, baseline: DiphotonResults, settings: DiphotonSettings
) -> list[str]:
    """Reasons why the two cannot be compared."""
    reasons = []
    after, before = candidate.metrics, baseline.metrics
    if after.version != before.version:
        reasons.append(
            f"other metrics: version {after.version} in the results, {before.version} in the baseline"
        )
    reasons += _other_settings(candidate, baseline)
    for who, metrics in (("the results have", after), ("the baseline has", before)):
        if metrics.n < settings.min_pairs:
            reasons.append(
                f"too few pairs of showers: {who} {metrics.n}, the policy wants {settings.min_pairs}"
            )
    return reasons


def _other_settings(candidate: DiphotonResults, baseline: DiphotonResults) -> list[str]:
    reasons = []
    files = [[one[:12] for one in run.reference.sha256] for run in (candidate, baseline)]
    contents = [run.reference.content_sha256 for run in (candidate, baseline)]
    # Older records only know the files.
    same = contents[0] == contents[1] if all(contents) else files[0] == files[1]
    if not same:
        reasons.append(
            f"other reference: '{candidate.reference.description}' ({', '.join(files[0])}) in the "
            f"results, '{baseline.reference.description}' ({', '.join(files[1])}) in the baseline"
        )
    for field, words in _SETTINGS.items():
        after, before = (getattr(run.settings, field) for run in (candidate, baseline))
        if after != before:
            reasons.append(f"other {words}: {_told(after)} in the results, {_told(before)} before")
    return reasons


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:g}" for name, number in value.items())
    if isinstance(value, tuple):
        return " ".join(f"{number:g}" for number in value)
    return f"{value:g}" if isinstance(value, float) else str(value)[:12] or "unknown"


def diphoton_entries(
    candidate: DiphotonResults, baseline: DiphotonResults, policy: Policy
) -> tuple[list[Entry], list[Gap]]:
    """Metrics that can be compared, and those that cannot with the reason."""
    return metric_entries(candidate.metrics, baseline.metrics, policy)


def metric_entries(
    candidate: DiphotonMetrics, baseline: DiphotonMetrics, policy: Policy
) -> tuple[list[Entry], list[Gap]]:
    """The same, of the metrics alone."""
    before = {metric.name: metric for metric in baseline.metrics}
    after = {metric.name: metric for metric in candidate.metrics}
    candidate_metrics, baseline_metrics = (
        metrics.model_copy(
            update={"metrics": tuple(_shared(one, other.get(one.name)) for one in metrics.metrics)}
        )
        for metrics, other in ((candidate, before), (baseline, after))
    )
    return quality_entries(candidate_metrics, baseline_metrics, policy)


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


def _names(results: DiphotonResults) -> list[str]:
    return [metric.name for metric in results.metrics.metrics]


def _too_small(results: DiphotonResults, settings: DiphotonSettings) -> str:
    if results.metrics.n >= settings.min_pairs:
        return ""
    return (
        f"the gate gives no verdict on two photons below {settings.min_pairs} pairs unless its policy sets "
        "min_pairs"
    )


GATE_PART = GatePart(
    absent=(
        "no di-photon benchmark: make the run with 'calobench run --with diphoton', or add it with "
        "'calobench diphoton --into'"
    ),
    names=_names,
    obstacles=diphoton_obstacles,
    entries=diphoton_entries,
    settings=DiphotonSettings,
    too_small=_too_small,
    # How far apart two photons must be, how many are reconstructed, and how much of their energy.
    headline=("diphoton.half_separation", "diphoton.exactly_two", "diphoton.response"),
    # A twentieth of the cells of 5 mm, in mm; one pair in a hundred, and so two photons in a hundred
    # pairs; 1 % of the energy; a resolution as a width; one photon in a hundred.
    kinds=(
        MetricKind("separation", "mm", Floor(0.25, 0.1), amount=" mm"),
        MetricKind("efficiency", "%", Floor(0.01, 0.1), scale="fraction", amount=" points"),
        MetricKind("multiplicity", "", Floor(0.02, 0.1), amount=""),
        MetricKind("photon_energy", "%", Floor(0.01, 0.1), scale="fraction", amount=" points"),
        MetricKind("photon_resolution", "%", Floor(0.05, 0.1), scale="logarithm"),
        MetricKind("fake", "%", Floor(0.01, 0.1), scale="fraction", amount=" points"),
    ),
)
