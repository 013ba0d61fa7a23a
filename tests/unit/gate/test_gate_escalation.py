from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from quality_factory import make_run

from calobench.gate import Policy, can_escalate, escalate, judge
from calobench.gate.documents import make_baseline
from calobench.gate.output import to_json, to_junit, to_markdown
from calobench.gate.output.terminal import terminal_lines
from calobench.gate.output.wording import headline
from calobench.results.baseline import Baseline
from calobench.results.gate import GateReport
from calobench.results.quality import CountMetric, QualityRecord

SIZES = (600, 1200, 2400, 4800)


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return make_baseline(make_run(seed=1, n=2000)[0])


def samples(seed: int, **defects: Any) -> Iterator[Any]:
    """Metrics of more and more showers of one model."""
    for n in SIZES:
        # The seed gives the first showers of a larger sample other numbers; no test looks at that.
        yield make_run(seed=seed, n=n, **defects)[0].quality


def red(baseline: Baseline, **defects: Any) -> GateReport:
    report = judge(make_run(seed=3, **defects)[0], baseline, Policy())
    assert can_escalate(report)
    return report


def test_a_defect_is_confirmed_with_the_first_showers_if_it_is_large(baseline: Baseline) -> None:
    report = red(baseline, shift=0.6)
    result = escalate(report, baseline.quality, samples(3, shift=0.6), Policy(), SIZES[-1])
    assert (result.verdict, result.exit_code) == ("REGRESSION", 1)
    assert result.escalation.outcome == "confirmed"
    assert [look.n for look in result.escalation.looks] == [600]
    assert result.escalation.looks[-1].e_value >= result.escalation.confirmed_from == 100
    assert result.escalation.looks[-1].metrics[0] == "response.bias"
    assert "confirmed with 600 showers" in headline(result)


def test_no_more_showers_are_made_than_are_needed(baseline: Baseline) -> None:
    sizes = []

    def counted() -> Iterator[QualityRecord]:
        for sample in samples(3, shift=0.6):
            sizes.append(sample.n)
            yield sample

    escalate(red(baseline, shift=0.6), baseline.quality, counted(), Policy(), SIZES[-1])
    assert sizes == [600]


def test_a_false_alarm_is_cleared(baseline: Baseline) -> None:
    """Red by the first sample, and then showers of a model that did not change."""
    result = escalate(red(baseline, shift=0.6), baseline.quality, samples(2), Policy(), SIZES[-1])
    assert (result.verdict, result.exit_code) == ("PASS", 0)
    assert result.escalation.outcome == "cleared"
    assert [look.n for look in result.escalation.looks] == list(SIZES)
    statuses = {change.name: change.status for change in result.changes}
    assert statuses["response.bias"] == "unconfirmed"
    assert "worse" not in statuses.values()
    assert "not confirmed by 4800" in headline(result)
    assert "not confirmed" in to_markdown(result)
    assert "<failure" not in to_junit(result)


def moved(baseline: Baseline, by: float) -> QualityRecord:
    """The baseline's metrics of as many other showers, with another mean response."""
    metrics = tuple(
        one.model_copy(update={"value": one.value + by, "error": 0.03})
        if one.name == "response.bias"
        else one
        for one in baseline.quality.metrics
    )
    return baseline.quality.model_copy(update={"metrics": metrics})


def test_in_between_there_is_no_verdict(baseline: Baseline) -> None:
    weak = [moved(baseline, 0.15)]
    result = escalate(red(baseline, shift=0.6), baseline.quality, weak, Policy(), 2000)
    last = result.escalation.looks[-1].e_value
    assert result.escalation.cleared_to < last < result.escalation.confirmed_from
    assert (result.verdict, result.exit_code) == ("NO VERDICT", 3)
    assert "give --escalate more" in headline(result)


def test_report_survives_as_json_with_its_remark(baseline: Baseline) -> None:
    remarks = ["made elsewhere"]
    result = escalate(
        red(baseline, shift=0.6), baseline.quality, samples(2), Policy(), SIZES[-1], remarks
    )
    assert GateReport.model_validate_json(to_json(result)) == result
    assert "escalation: made elsewhere" in "\n".join(terminal_lines(result))


def with_count(quality: QualityRecord, name: str, count: int, **declared: Any) -> QualityRecord:
    metrics = tuple(
        one.model_copy(update={"count": count, **declared}) if one.name == name else one
        for one in quality.metrics
    )
    return quality.model_copy(update={"metrics": metrics})


def test_what_depends_on_the_size_of_a_sample_is_tested_once(baseline: Baseline) -> None:
    """Duplicates become more frequent the more showers there are, in a model that did not change."""
    repeated = [
        with_count(make_run(seed=2, n=n)[0].quality, "sample.repeated", count)
        for n, count in ((600, 0), (1200, 60), (2400, 600))
    ]
    metric = next(one for one in repeated[0].metrics if one.name == "sample.repeated")
    assert isinstance(metric, CountMetric)
    assert metric.growing
    result = escalate(red(baseline, shift=0.6), baseline.quality, repeated, Policy(), 2400)
    assert result.escalation.outcome == "cleared"


def test_a_shower_that_physics_forbids_is_confirmed_at_once(baseline: Baseline) -> None:
    declared = {"failure": True, "possible": 4.5e-9}
    before = with_count(baseline.quality, "sample.empty", 0, **declared)
    now = with_count(make_run(seed=2)[0].quality, "sample.empty", 1, **declared)
    result = escalate(red(baseline, shift=0.6), before, [now], Policy(), 5000)
    assert result.escalation.outcome == "confirmed"
    assert result.escalation.looks[0].metrics[0] == "sample.empty"


def test_green_has_nothing_to_escalate(baseline: Baseline) -> None:
    assert not can_escalate(judge(make_run(seed=2)[0], baseline, Policy()))
