"""More showers after a red, without losing the false-alarm rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from calobench.gate.changes import Metrics
from calobench.gate.evidence import Bets, Look
from calobench.gate.policy import Policy
from calobench.gate.verdict import EXIT_CODES, overall
from calobench.results.gate import (
    Change,
    Escalation,
    EscalationLook,
    GateReport,
    Outcome,
    Part,
    Status,
    Verdict,
)

__all__ = ["CLEARED", "can_escalate", "escalate"]

CLEARED = 1.0
"""Evidence at the end that is no more than this is none: without a change the showers are as probable."""

_MAX_NAMES = 5
_MAX_E_VALUE = 1e300


def can_escalate(report: GateReport) -> bool:
    """Whether the quality is red: further showers say nothing about times, or about two photons."""
    return any(part.name == "quality" and part.verdict == "REGRESSION" for part in report.parts)


def escalate(
    report: GateReport,
    baseline: Metrics,
    samples: Iterable[Metrics],
    policy: Policy,
    max_n: int,
    remarks: Sequence[str] = (),
) -> GateReport:
    """Look at ever more showers of a candidate that is red, until it is confirmed or they end.

    Red is confirmed as soon as the evidence that metrics are worse reaches 1 / alpha: if nothing changed,
    that happens with a probability of at most alpha, however often one looks, the error of the baseline
    included. At the end evidence of at most 1 clears the candidate; in between there is no verdict.

    Args:
        report: of the gate, see :func:`can_escalate`.
        baseline: metrics of the baseline.
        samples: metrics of the candidate's showers: the first are those of the report, and each sample holds
            all earlier showers. No more are asked for than are needed.
        policy: that of the report.
        max_n: showers of the last.
        remarks: on the samples, read when the last was looked at.

    Returns:
        The report with the verdict on the quality, and so of all, replaced.
    """
    bets: Bets | None = None
    looks: list[Look] = []
    threshold = 1 / policy.alpha
    for sample in samples:
        if bets is None:
            bets = Bets(baseline, sample, policy)
        looks.append(bets.look(sample))
        if looks[-1].log_e >= math.log(threshold):
            break
    outcome = _outcome(looks, threshold)
    escalation = Escalation(
        outcome=outcome,
        max_n=max_n,
        confirmed_from=threshold,
        cleared_to=CLEARED,
        looks=tuple(_recorded(look) for look in looks),
        remark=" ".join(remarks),
    )
    return _with(report, escalation)


def _outcome(looks: Sequence[Look], threshold: float) -> Outcome:
    last = looks[-1].log_e if looks else math.inf
    if looks and last >= math.log(threshold):
        return "confirmed"
    return "cleared" if last <= math.log(CLEARED) else "open"


def _recorded(look: Look) -> EscalationLook:
    e_value = math.exp(min(look.log_e, math.log(_MAX_E_VALUE)))
    return EscalationLook(n=look.n, e_value=e_value, metrics=look.metrics[:_MAX_NAMES])


def _with(report: GateReport, escalation: Escalation) -> GateReport:
    if escalation.outcome == "confirmed":
        return report.model_copy(update={"escalation": escalation})
    parts = tuple(
        _replaced(part, escalation) if part.name == "quality" else part for part in report.parts
    )
    verdict = overall(parts)
    changes = tuple(
        change.model_copy(update={"status": _status(change, report)}) for change in report.changes
    )
    return report.model_copy(
        update={
            "verdict": verdict,
            "exit_code": EXIT_CODES[verdict],
            "parts": parts,
            "changes": changes,
            "escalation": escalation,
        }
    )


def _replaced(part: Part, escalation: Escalation) -> Part:
    verdict: Verdict = "PASS" if escalation.outcome == "cleared" else "NO VERDICT"
    reasons: tuple[str, ...] = ()
    if verdict == "NO VERDICT":
        last = escalation.looks[-1]
        reasons = (
            f"with {last.n} showers the evidence is {last.e_value:.3g}, {escalation.confirmed_from:.3g} "
            f"confirms and {escalation.cleared_to:.3g} clears; give --escalate more, or a baseline of more "
            "showers",
        )
    return part.model_copy(update={"verdict": verdict, "reasons": reasons})


def _status(change: Change, report: GateReport) -> Status:
    # Names of other parts begin with that of their benchmark.
    others = tuple(f"{part.name}." for part in report.parts if part.name != "quality")
    of_quality = not change.name.startswith(others) if others else True
    return "unconfirmed" if change.status == "worse" and of_quality else change.status
