"""Milliseconds per shower in two runs: only where both were measured alike, and believed."""

from __future__ import annotations

import math

from scipy.stats import t as student

from calobench.benchmarks.timing.record import CallTime, TimingResults, TimingRow
from calobench.gate.changes import Entry
from calobench.gate.comparison import Comparison
from calobench.gate.kinds import Floor, MetricKind
from calobench.gate.part import GatePart, PartSettings
from calobench.gate.policy import Policy
from calobench.results.gate import Gap

__all__ = ["GATE_PART", "timing_entries", "timing_name", "timing_obstacles"]


def timing_obstacles(
    candidate: TimingResults,
    baseline: TimingResults,
    settings: PartSettings,  # noqa: ARG001 (all parts of the gate share the call)
) -> list[str]:
    """Reasons why the times of two runs cannot be compared."""
    reasons = []
    for what, timing in (("results", candidate), ("baseline", baseline)):
        if timing.invalid:
            reasons.append(f"INVALID timing in the {what}: {'; '.join(timing.invalid)}")
    after, before = candidate.machine, baseline.machine
    if (after.processor, after.cores) != (before.processor, before.cores):
        reasons.append(
            f"other machine: {after.processor} with {after.cores} cores in the results, "
            f"{before.processor} with {before.cores} in the baseline"
        )
    if candidate.settings.geometry_hash != baseline.settings.geometry_hash:
        reasons.append("other geometry: the times are for different detectors")
    if _direction(candidate) != _direction(baseline):
        reasons.append("other direction of the incident particle")
    return reasons


def timing_name(row: TimingRow) -> str:
    """Name of the metric of a row, e.g. ``timing.distilled.cpu.1_thread.batch_100.50_gev``."""
    energy = f"{row.energy_mev / 1e3:g}_gev"
    return (
        f"timing.{row.model}.{row.device}.{row.threads}_thread{'s' * (row.threads > 1)}."
        f"batch_{row.batch_size}.{energy}"
    )


def timing_entries(
    candidate: TimingResults, baseline: TimingResults, policy: Policy
) -> tuple[list[Entry], list[Gap]]:
    """Rows that both runs measured on the same device, and the others with the reason."""
    before, after = _rows(baseline, policy), _rows(candidate, policy)
    gaps = [Gap(name=name, reason="not in the results") for name in before if name not in after]
    gaps += [Gap(name=name, reason="not in the baseline") for name in after if name not in before]
    entries = []
    for name, row in after.items():
        if name not in before:
            continue
        earlier = before[name]
        if row.device_name != earlier.device_name:
            gaps.append(Gap(name=name, reason=f"{row.device_name}, was {earlier.device_name}"))
        elif row.time is None or earlier.time is None:
            reason = row.refusal or earlier.refusal or "not measured"
            gaps.append(Gap(name=name, reason=reason))
        else:
            comparison = _compare(earlier.time, row.time)
            one_sided = row.time.rounds >= earlier.time.rounds
            entries.append(Entry(name, "timing", (), comparison, one_sided))
    return entries, gaps


def _rows(timing: TimingResults, policy: Policy) -> dict[str, TimingRow]:
    rows = {timing_name(row): row for row in timing.rows}
    return {name: row for name, row in rows.items() if not policy.ignores(name)}


def _compare(before: CallTime, after: CallTime) -> Comparison:
    """Student's t with the rounds of the run that has fewer: errors of few rounds are uncertain."""
    error = math.hypot(before.error_ms, after.error_ms)
    change = abs(after.median_ms - before.median_ms)
    freedom = max(min(before.rounds, after.rounds) - 1, 1)
    t = change / error if error > 0 else math.inf * change if change > 0 else 0.0
    return Comparison(
        before.median_ms,
        before.error_ms,
        after.median_ms,
        after.error_ms,
        worse=after.median_ms > before.median_ms,
        p_value=float(2 * student.sf(t, freedom)),
        error=error,
    )


def _direction(timing: TimingResults) -> tuple[float, float]:
    return timing.settings.theta, timing.settings.phi


def _names(timing: TimingResults) -> list[str]:
    return [timing_name(row) for row in timing.rows]


GATE_PART = GatePart(
    absent="no times",
    names=_names,
    obstacles=timing_obstacles,
    entries=timing_entries,
    kinds=(MetricKind("timing", "ms", Floor(0.05, 0.1), signed=False, amount="%"),),
)
