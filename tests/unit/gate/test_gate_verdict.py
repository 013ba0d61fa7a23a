from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from quality_factory import make_run

from calobench.errors import PolicyError
from calobench.gate import Policy, judge, no_baseline
from calobench.gate.documents import make_baseline
from calobench.results.baseline import Baseline


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return make_baseline(make_run(seed=1)[0])


@pytest.fixture(scope="module")
def candidate() -> Any:
    return make_run(seed=2)[0]


def replaced(record: Any, part: Any, **fields: Any) -> Any:
    return record.model_copy(update={part: getattr(record, part).model_copy(update=fields)})


def statuses(report: Any, status: Any) -> Any:
    return {change.name for change in report.changes if change.status == status}


def test_the_same_model_passes(candidate: Any, baseline: Baseline) -> None:
    report = judge(candidate, baseline, Policy())
    assert (report.verdict, report.exit_code) == ("PASS", 0)
    assert {change.status for change in report.changes} == {"unchanged"}
    assert report.parts[0].compared == len(report.changes) > 50
    assert not report.gaps
    assert not report.remedy


@pytest.mark.parametrize(
    ("defect", "metric"),
    [
        ({"shift": 0.6}, "response.bias"),
        ({"stretch": 1.5}, "response.width"),
        ({"theta_slope": 0.6}, "centre_of_gravity_z.slope_theta"),
        ({"correlation": 0.0}, "layers_00_04~layers_05_09.correlation"),
        ({"sparks": 0.1}, "sparks.rare"),
    ],
)
def test_defect_is_a_regression_with_its_name(
    baseline: Baseline, defect: dict[str, float], metric: str
) -> None:
    report = judge(make_run(seed=3, **defect)[0], baseline, Policy())
    assert (report.verdict, report.exit_code) == ("REGRESSION", 1)
    assert metric in statuses(report, "worse")


def test_getting_better_is_told_and_passes(candidate: Any) -> None:
    worse = make_baseline(make_run(seed=3, shift=0.6)[0])
    report = judge(candidate, worse, Policy())
    assert report.verdict == "PASS"
    assert "response.bias" in statuses(report, "better")
    assert not statuses(report, "worse")


def test_significant_but_small_change_passes(baseline: Baseline) -> None:
    policy = Policy.model_validate({"metric": [{"match": "*", "absolute": 5.0}]})
    report = judge(make_run(seed=3, shift=0.6)[0], baseline, policy)
    assert report.verdict == "PASS"
    assert "response.bias" in statuses(report, "small")


def test_relative_floor_counts_from_the_baseline() -> None:
    before = make_baseline(make_run(seed=1, n=4000, shift=2.0)[0])
    after = make_run(seed=3, n=4000, shift=2.4)[0]
    for relative, verdict in ((0.1, "REGRESSION"), (0.5, "PASS")):
        rule = {"match": "*", "relative": relative}
        policy = Policy.model_validate({"metric": [rule]})
        assert judge(after, before, policy).verdict == verdict


def test_ignored_metric_is_not_judged(baseline: Baseline) -> None:
    policy = Policy.model_validate({"metric": [{"match": "response*", "ignore": True}]})
    report = judge(make_run(seed=3, shift=0.6)[0], baseline, policy)
    assert report.verdict == "PASS"
    assert not any(change.name.startswith("response") for change in report.changes)


def test_change_is_told_in_units_of_the_observable(baseline: Baseline) -> None:
    report = judge(make_run(seed=3, shift=0.6)[0], baseline, Policy())
    changes = {change.name: change for change in report.changes}
    bias = changes["response.bias"]
    # 0.6 widths of 3.1 % on average.
    assert bias.relative == pytest.approx(0.6 * 0.031, rel=0.4)
    assert bias.in_unit == pytest.approx(bias.relative * 0.03, rel=0.05)
    assert bias.detectable == pytest.approx(
        (3.0 + 2.33) * (bias.before_error**2 + bias.after_error**2) ** 0.5, rel=0.1
    )
    assert changes["response.width"].relative is not None
    assert changes["response.slope_theta"].relative is None


def without(run: Any, part: Any, name: Any) -> Any:
    metrics = tuple(m for m in getattr(run, part).metrics if m.name != name)
    return replaced(run, part, metrics=metrics)


def test_missing_metric_is_a_named_gap(candidate: Any, baseline: Baseline) -> None:
    short = without(candidate, "quality", "centre_of_gravity_z.width")
    report = judge(short, baseline, Policy())
    assert report.verdict == "PASS"
    assert [(gap.name, gap.reason) for gap in report.gaps] == [
        ("centre_of_gravity_z.width", "not in the results")
    ]
    few = replaced(baseline, "quality", metrics=baseline.quality.metrics[:1])
    assert {gap.reason for gap in judge(candidate, few, Policy()).gaps} == {"not in the baseline"}


@pytest.mark.parametrize("name", ["response.bias", "sample.outliers"])
def test_absence_of_a_main_metric_is_no_success(
    candidate: Any, baseline: Baseline, name: str
) -> None:
    pairs = {
        "not in the results": (without(candidate, "quality", name), baseline),
        "not in the baseline": (candidate, without(baseline, "quality", name)),
        "in neither run": (
            without(candidate, "quality", name),
            without(baseline, "quality", name),
        ),
    }
    for word, (after, before) in pairs.items():
        report = judge(after, before, Policy(), remedy="do it")
        assert (report.verdict, report.exit_code) == ("NO VERDICT", 3)
        assert report.parts[0].missing == (name,)
        assert f"{name} ({word})" in report.parts[0].reasons[0]
    # Left out on purpose it is not missed, and what is worse is worse without it.
    ignoring = Policy.model_validate({"metric": [{"match": name, "ignore": True}]})
    assert judge(without(candidate, "quality", name), baseline, ignoring).verdict == "PASS"
    bad = without(make_run(seed=3, stretch=1.6)[0], "quality", name)
    assert judge(bad, baseline, Policy()).verdict == "REGRESSION"


def test_too_wide_and_as_much_too_narrow_is_a_regression() -> None:
    """Resolution 1.25 times Geant4's became 0.8 times it: the same distance, and another model."""
    wide, narrow = (
        make_run(seed=1, n=1000, stretch=1.25)[0],
        make_run(seed=3, n=1000, stretch=0.8)[0],
    )
    for before, after in ((wide, narrow), (narrow, wide)):
        report = judge(after, make_baseline(before), Policy())
        assert report.verdict == "REGRESSION"
        assert "response.width" in statuses(report, "worse")
    # From far on one side to near on the other is better.
    report = judge(make_run(seed=3, n=1000, stretch=0.93)[0], make_baseline(wide), Policy())
    assert "response.width" in statuses(report, "better")


def test_scale_off_by_eight_widths_and_then_by_nine_is_a_regression() -> None:
    before = make_baseline(make_run(seed=1, n=1000, shift=8.0)[0])
    report = judge(make_run(seed=3, n=1000, shift=9.5)[0], before, Policy())
    assert "response.bias" in statuses(report, "worse")


def test_plot_is_where_the_report_shows_the_observable(candidate: Any, baseline: Baseline) -> None:
    names = [observable.name for observable in candidate.observables]
    first = candidate.observables[0].model_copy(update={"name": "response"})
    run = candidate.model_copy(update={"observables": (first, *candidate.observables[1:])})
    report = judge(run, baseline, Policy())
    plots = {change.observable: change.plot for change in report.changes}
    assert "response" not in names
    assert plots["response"] == "report.html#o0"
    assert plots[""] is None


@pytest.mark.parametrize(
    ("part", "field", "value", "word"),
    [
        ("detector", "name", "ODD", "other detector"),
        ("detector", "geometry_hash", "0" * 64, "other geometry"),
        ("reference", "sha256", "0" * 64, "other reference"),
        ("quality", "threshold_mev", 0.5, "other threshold"),
        ("quality", "version", 99, "other metrics"),
        ("quality", "n", 499, "too few showers: the baseline has 499"),
        ("quality", "metrics", (), "share no metric"),
    ],
)
def test_no_verdict_with_its_reason(
    candidate: Any, baseline: Baseline, part: str, field: str, value: Any, word: str
) -> None:
    report = judge(candidate, replaced(baseline, part, **{field: value}), Policy(), remedy="do it")
    assert (report.verdict, report.exit_code) == ("NO VERDICT", 3)
    assert word in report.parts[0].reasons[0]
    assert report.remedy == "do it"
    assert not statuses(report, "worse")


def test_few_showers_in_the_results_and_what_the_policy_says(
    candidate: Any, baseline: Baseline
) -> None:
    few = make_run(n=499, seed=2)[0]
    assert "results have 499" in judge(few, baseline, Policy()).parts[0].reasons[0]
    assert judge(few, baseline, Policy(min_showers=400)).verdict == "PASS"
    assert judge(candidate, baseline, Policy(min_showers=601)).verdict == "NO VERDICT"


def test_results_without_metrics_have_no_verdict(candidate: Any, baseline: Baseline) -> None:
    report = judge(candidate.model_copy(update={"quality": None}), baseline, Policy())
    assert report.verdict == "NO VERDICT"
    assert "no metrics for a gate" in report.parts[0].reasons[0]


def test_first_run_names_the_command(candidate: Any) -> None:
    report = no_baseline(candidate, Policy(), Path("b.json"), "calobench baseline r -o b.json")
    assert (report.verdict, report.exit_code) == ("NO VERDICT", 3)
    assert report.remedy == "calobench baseline r -o b.json"
    assert report.baseline is None


def test_unknown_metric_is_an_error_with_and_without_a_baseline(
    candidate: Any, baseline: Baseline
) -> None:
    policy = Policy.model_validate({"metric": [{"match": "respons.bias"}]})
    with pytest.raises(PolicyError, match="did you mean"):
        judge(candidate, baseline, policy)
    with pytest.raises(PolicyError, match="did you mean"):
        no_baseline(candidate, policy, Path("b.json"), "")


def test_smaller_candidate_needs_twice_the_evidence(candidate: Any, baseline: Baseline) -> None:
    small = make_run(n=500, seed=2)[0]
    for run, factor in ((candidate, 1), (small, 2)):
        changes = {change.name: change for change in judge(run, baseline, Policy()).changes}
        metrics = {metric.name: metric for metric in run.quality.metrics}
        before = {metric.name: metric for metric in baseline.quality.metrics}["response.bias"]
        after = metrics["response.bias"]
        from calobench.gate.comparison import compare

        both = compare(before, after).p_value
        assert changes["response.bias"].p_value == pytest.approx(both / 2 * factor)
