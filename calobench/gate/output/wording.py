"""Words of all formats: the verdict in a sentence, and a change in a few words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from calobench.gate.kinds import metric_kind
from calobench.results.gate import Change, GateReport, Side, Status

__all__ = [
    "HOW_TO_READ",
    "amount",
    "distance",
    "headline",
    "how_sure",
    "ranked",
    "reasons",
    "seen",
    "sides",
    "unit",
]

HOW_TO_READ = (
    "Distances to Geant4, errors one standard deviation of the sample. "
    "σ: widths of Geant4 at fixed energy and angle; w: Cohen's w of the histogram; "
    "p: for all metrics of a part together (Holm)."
)

_MIN_P = 1e-15


def headline(report: GateReport) -> str:
    """The verdict in one sentence."""
    worse = ranked(report.changes, "worse")
    if report.verdict == "NO VERDICT":
        return f"NO VERDICT: {'; '.join(reasons(report, deciding=True))}"
    compared = len(report.changes)
    escalation = report.escalation
    if worse:
        named = list(dict.fromkeys(change.observable or change.name for change in worse))
        more = f" and {len(named) - 3} more" if len(named) > 3 else ""
        verb = "is" if len(worse) == 1 else "are"
        confirmed = ""
        if escalation is not None and escalation.outcome == "confirmed":
            confirmed = (
                f"; confirmed with {escalation.looks[-1].n} showers "
                f"(evidence {escalation.looks[-1].e_value:.2g}, {escalation.confirmed_from:.3g} is enough)"
            )
        return (
            f"REGRESSION: {len(worse)} of {compared} metrics {verb} worse: "
            f"{', '.join(named[:3])}{more}{confirmed}"
        )
    return f"PASS: {'; '.join(_passed(report))}"


def _passed(report: GateReport) -> Iterator[str]:
    same = [part for part in report.parts if part.identical]
    for part in same:
        what = (
            "its showers are" if part.identical == "showers" else f"all {part.compared} metrics are"
        )
        name = "" if part.name == "quality" else f"{part.name}: "
        yield f"{name}identical by content ({what} those of the baseline), nothing to test"
    compared = len(report.changes)
    escalation = report.escalation
    if escalation is not None and escalation.outcome == "cleared":
        last = escalation.looks[-1]
        yield (
            f"what was worse in {escalation.looks[0].n} showers is not confirmed by {last.n} "
            f"(evidence {last.e_value:.2g}, {escalation.confirmed_from:.3g} would confirm)"
        )
    elif compared or not same:
        yield f"none of {compared} metrics is worse"
    better = len(ranked(report.changes, "better"))
    if better:
        yield f"{better} {'is' if better == 1 else 'are'} better"


def reasons(report: GateReport, *, deciding: bool) -> list[str]:
    """Reasons why parts have no verdict, each with its name but where the quality decides.

    Args:
        report: of the gate.
        deciding: of the parts because of which the gate has none either, or of the others.
    """
    return [
        reason if deciding and part.name == "quality" else f"{part.name}: {reason}"
        for part in report.parts
        for reason in part.reasons
        if (part.required and report.verdict == "NO VERDICT") == deciding
    ]


def ranked(changes: Iterable[Change], status: Status) -> list[Change]:
    """Changes of one status, the surest first."""
    chosen = [change for change in changes if change.status == status]
    return sorted(chosen, key=lambda change: (change.p_adjusted, -_floors(change), change.name))


def _floors(change: Change) -> float:
    """By how many floors the candidate is farther from Geant4."""
    excess = abs(abs(change.after) - abs(change.before))
    return excess / change.floor if change.floor > 0 else math.inf


def sides(report: GateReport) -> str:
    """The two runs that were compared, in words."""

    def words(side: Side) -> str:
        commit = f", commit {side.git_commit[:12]}" if side.git_commit else ""
        return f"{side.model} on {side.detector}, {side.n} showers, {side.created_utc}{commit}"

    before = words(report.baseline) if report.baseline else "none"
    return f"Results: {words(report.candidate)}. Baseline: {before}."


def unit(change: Change) -> str:
    """Unit of the distances."""
    return metric_kind(change.kind).unit


def distance(change: Change, *, before: bool) -> str:
    """Distance to Geant4 with its error, as ``+0.62±0.03``."""
    value, error = (
        (change.before, change.before_error) if before else (change.after, change.after_error)
    )
    kind = metric_kind(change.kind)
    if kind.scale == "logarithm":
        value, error = 100 * math.expm1(value), 100 * math.exp(value) * error
    elif kind.scale == "fraction":
        value, error = 100 * value, 100 * error
    sign = "+" if kind.signed else ""
    # As many decimals as give the error one digit, or two where the first is a 1.
    decimals = 2
    if error > 0:
        decimals = max(0, -math.floor(math.log10(error)) + (f"{error:e}"[0] == "1"))
    # No "-0": what rounds to nothing has no sign of its own.
    return f"{round(value, decimals) + 0.0:{sign}.{decimals}f}±{error:.{decimals}f}"


def amount(change: Change) -> str:
    """By how much it changed, in percent or in the observable's own unit; '' where that means nothing."""
    if change.by_itself:
        return "impossible"
    kind = metric_kind(change.kind)
    if kind.amount == "%":
        return f"{100 * (change.after / change.before - 1):+.3g} %" if change.before else ""
    if kind.amount is not None:
        scale = 100 if kind.scale == "fraction" else 1
        return f"{scale * (change.after - change.before):+.2g}{kind.amount}"
    if change.relative is not None:
        return f"{100 * change.relative:+.2g} %"
    if change.in_unit is not None:
        return f"{change.in_unit:+.2g} {change.unit}".rstrip()
    return ""


def seen(change: Change) -> str:
    """The change that would have been detected with a probability of 99 %."""
    if change.detectable is None:
        return ""
    scale = metric_kind(change.kind).scale
    if scale == "logarithm":
        return f"{100 * math.expm1(change.detectable):.2g} %"
    if scale == "fraction":
        return f"{100 * change.detectable:.2g} %"
    return f"{change.detectable:.2g} {unit(change)}".rstrip()


def how_sure(change: Change) -> str:
    """The adjusted p-value."""
    p = change.p_adjusted
    if p < _MIN_P:
        return "<1e-15"
    return f"{p:.2g}" if p < 0.995 else "1"
