"""The verdict: PASS, REGRESSION, or NO VERDICT with the reason."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from calobench.gate.changes import Entry, judge_entries, quality_entries
from calobench.gate.comparability import Judged, quality_obstacles, setup_obstacles
from calobench.gate.identical import identical_benchmark, identical_quality
from calobench.gate.parts import gate_parts, part_of
from calobench.gate.policy import Policy
from calobench.results.gate import Change, Gap, GateReport, Part, Side, Verdict
from calobench.results.schema import Results
from calobench.verdict import verdict_of

__all__ = ["EXIT_CODES", "judge", "no_baseline", "no_comparison", "overall", "renewal"]

EXIT_CODES: dict[Verdict, Literal[0, 1, 3]] = {"PASS": 0, "REGRESSION": 1, "NO VERDICT": 3}
"""Of the process, by verdict."""


def no_baseline(candidate: Results, policy: Policy, baseline: Path, remedy: str) -> GateReport:
    """The report of a first run: nothing to compare with, and the command that mends it.

    Raises:
        PolicyError: the policy names metrics that the run does not have.
    """
    return no_comparison(candidate, policy, f"there is no baseline {baseline} yet", remedy)


def no_comparison(candidate: Results, policy: Policy, reason: str, remedy: str) -> GateReport:
    """The report where there is a run, but nothing that it can be compared with.

    Raises:
        PolicyError: the policy names metrics that the run does not have.
    """
    policy.check_names(_names(candidate))
    part = Part(name="quality", verdict="NO VERDICT", reasons=(reason,))
    return _report(candidate, None, policy, [_Outcome(part)], remedy)


def judge(candidate: Results, baseline: Judged, policy: Policy, *, remedy: str = "") -> GateReport:
    """Compare a run with an earlier one.

    Args:
        candidate: the run.
        baseline: the earlier one.
        policy: what is too much.
        remedy: the command that makes a baseline which can be compared, shown where this one cannot
            and the run is fit to be one.

    Raises:
        PolicyError: the policy names metrics that neither run has.
    """
    policy.check_names([*_names(candidate), *_names(baseline)])
    setup = setup_obstacles(candidate, baseline)
    judged = [_quality(candidate, baseline, policy, setup)]
    for name in gate_parts():
        need = policy.settings_of(name).judge
        there = any(name in run.benchmarks for run in (candidate, baseline))
        if need == "required" or (need == "optional" and there):
            judged.append(_benchmark(name, candidate, baseline, policy, setup))
    return _report(candidate, baseline, policy, judged, remedy if _fit(candidate, policy) else "")


def _fit(run: Results, policy: Policy) -> bool:
    """Whether the next run could be compared with this one; if not, no baseline mends it."""
    if run.quality is None or run.quality.n < policy.min_showers:
        return False
    if all(policy.ignores(metric.name) for metric in run.quality.metrics):
        return False
    required = {name: policy.settings_of(name) for name in gate_parts()}
    return all(
        name in run.benchmarks and not gate_parts()[name].too_small(run.benchmarks[name], settings)
        for name, settings in required.items()
        if settings.judge == "required"
    )


class _Outcome(NamedTuple):
    part: Part
    changes: tuple[Change, ...] = ()
    gaps: tuple[Gap, ...] = ()


def _quality(
    candidate: Results, baseline: Judged, policy: Policy, setup: Sequence[str]
) -> _Outcome:
    after, before = candidate.quality, baseline.quality
    identical = "" if setup else identical_quality(candidate, baseline)
    if identical:
        n = len(after.metrics) if after is not None else 0
        return _Outcome(Part(name="quality", verdict="PASS", compared=n, identical=identical))
    reasons = list(setup) or quality_obstacles(candidate, baseline, policy)
    if reasons or after is None or before is None:
        return _Outcome(Part(name="quality", verdict="NO VERDICT", reasons=tuple(reasons)))
    return _decide("quality", *quality_entries(after, before, policy), candidate, policy)


def _benchmark(
    name: str, candidate: Results, baseline: Judged, policy: Policy, setup: Sequence[str]
) -> _Outcome:
    part, settings = gate_parts()[name], policy.settings_of(name)
    runs = (("the results have", candidate), ("the baseline has", baseline))
    reasons = [f"{who} {part.absent}" for who, run in runs if name not in run.benchmarks]
    if not reasons:
        records = candidate.benchmarks[name], baseline.benchmarks[name]
        reasons = list(setup) or part.obstacles(*records, settings)
    if reasons:
        return _Outcome(Part(name=name, verdict="NO VERDICT", reasons=tuple(reasons)))
    if identical_benchmark(name, *records):
        n = len(part.names(records[0]))
        return _Outcome(Part(name=name, verdict="PASS", compared=n, identical="metrics"))
    return _decide(name, *part.entries(*records, policy), candidate, policy)


def _decide(
    name: str,
    entries: Sequence[Entry],
    gaps: Sequence[Gap],
    candidate: Results,
    policy: Policy,
) -> _Outcome:
    changes = _with_plots(judge_entries(entries, policy), candidate)
    prefix = "" if name == "quality" else f"{name}."
    names = [change.name for change in changes]
    missing = policy.main_missing(prefix, names, [gap.name for gap in gaps])
    verdict: Verdict = "PASS"
    reasons: tuple[str, ...] = ()
    if not changes:
        verdict, reasons = "NO VERDICT", ("the two runs share no metric that the policy compares",)
    elif any(change.status == "worse" for change in changes):
        verdict = "REGRESSION"
    elif missing:
        verdict, reasons = "NO VERDICT", (_without(missing, gaps),)
    part = Part(
        name=name,
        verdict=verdict,
        reasons=reasons,
        compared=len(changes),
        missing=tuple(missing) if changes else (),
    )
    return _Outcome(part, changes, tuple(gaps))


def _without(missing: Sequence[str], gaps: Sequence[Gap]) -> str:
    """Reasons for no verdict although other metrics were compared."""
    why = {gap.name: gap.reason for gap in gaps}
    named = ", ".join(f"{name} ({why.get(name, 'in neither run')})" for name in missing)
    are = "a main metric is" if len(missing) == 1 else "main metrics are"
    return f"{are} missing: {named}; make both runs again with one version of calobench"


def _names(run: Judged) -> list[str]:
    quality = [] if run.quality is None else [metric.name for metric in run.quality.metrics]
    parts = gate_parts()
    further = [
        name
        for benchmark, record in run.benchmarks.items()
        if benchmark in parts
        for name in parts[benchmark].names(record)
    ]
    return quality + further


def renewal(results: Path, baseline: Path) -> str:
    """The command that makes a baseline of results."""
    return shlex.join(["calobench", "baseline", str(results), "-o", str(baseline)])


def _with_plots(changes: Sequence[Change], candidate: Results) -> tuple[Change, ...]:
    """Each change with the place in the report that shows it."""
    # The report counts its plots in the order of the observables.
    anchors = {observable.name: f"o{i}" for i, observable in enumerate(candidate.observables)}
    placed = []
    for change in changes:
        # A benchmark's section has its name.
        anchor = part_of(change.name) or anchors.get(change.observable)
        plot = f"report.html#{anchor}" if anchor else None
        placed.append(change.model_copy(update={"plot": plot}))
    return tuple(placed)


def _report(
    candidate: Results,
    baseline: Judged | None,
    policy: Policy,
    judged: Sequence[_Outcome],
    remedy: str,
) -> GateReport:
    parts = [_with_need(one.part, policy) for one in judged]
    verdict = overall(parts)
    return GateReport(
        verdict=verdict,
        exit_code=EXIT_CODES[verdict],
        parts=tuple(parts),
        remedy=remedy if verdict == "NO VERDICT" else "",
        policy=policy.model_dump(mode="json"),
        candidate=_side(candidate),
        model_verdict=verdict_of(candidate).sentence,
        baseline=None if baseline is None else _side(baseline),
        changes=tuple(change for one in judged for change in one.changes),
        gaps=tuple(gap for one in judged for gap in one.gaps),
    )


def _with_need(part: Part, policy: Policy) -> Part:
    required = part.name == "quality" or policy.settings_of(part.name).judge == "required"
    # What both runs were to be judged by and one lacks is no success, whatever else is optional.
    return part.model_copy(update={"required": required or bool(part.missing)})


def overall(parts: Sequence[Part]) -> Verdict:
    """The verdict of all parts."""
    if any(part.verdict == "REGRESSION" for part in parts):
        return "REGRESSION"
    without = any(part.verdict == "NO VERDICT" and part.required for part in parts)
    return "NO VERDICT" if without else "PASS"


def _side(run: Judged) -> Side:
    return Side(
        model=run.model.name,
        detector=run.detector.name,
        n=run.run.n,
        seed=run.run.seed,
        created_utc=run.provenance.created_utc,
        git_commit=run.provenance.git_commit,
        weights_hash=run.model.weights_hash,
    )
