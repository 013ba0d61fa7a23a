"""The gate's part on two photons close together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from diphoton_factory import make_diphoton
from quality_factory import make_run, with_benchmark

from calobench.benchmarks.diphoton.gate import diphoton_entries
from calobench.benchmarks.diphoton.record import DiphotonResults
from calobench.errors import BaselineError, PolicyError, ResultsError
from calobench.gate import Policy, judge
from calobench.gate.documents import make_baseline, read_baseline, write_baseline
from calobench.gate.output import to_json, to_junit, to_markdown
from calobench.gate.output.terminal import terminal_lines, terminal_tables
from calobench.results.store import read_results, write_results

REQUIRED = {"benchmark": {"diphoton": {"judge": "required"}}}


@pytest.fixture(scope="module")
def runs() -> Any:
    return make_run(seed=2)[0], make_run(seed=1)[0]


def judged(runs: Any, after: Any, before: Any, **policy: Any) -> Any:
    candidate = with_benchmark(runs[0], "diphoton", after)
    baseline = make_baseline(with_benchmark(runs[1], "diphoton", before))
    report = judge(candidate, baseline, Policy.model_validate(policy), remedy="do it")
    return report, {part.name: part for part in report.parts}


def worse(report: Any) -> Any:
    return {change.name for change in report.changes if change.status == "worse"}


def test_the_same_model_passes_and_says_what_would_have_been_seen(runs: Any) -> None:
    report, parts = judged(runs, make_diphoton(2), make_diphoton(1))
    assert report.verdict == parts["diphoton"].verdict == "PASS"
    assert parts["diphoton"].compared == 12
    main = [c for c in report.changes if c.headline and c.name.startswith("diphoton.")]
    assert {c.name for c in main} == {
        "diphoton.half_separation", "diphoton.exactly_two", "diphoton.response"
    }  # fmt: skip
    response = next(c for c in main if c.name == "diphoton.response")
    # Error of the change 0.0012 in either; the floor is 1 %.
    assert response.detectable == pytest.approx(0.01 + 2.33 * 1.2e-3, rel=0.2)


@pytest.mark.parametrize(
    ("defect", "metric", "amount"),
    [
        ({"response": 0.89}, "diphoton.response", "-2.9 points"),
        ({"half": 2.9}, "diphoton.exactly_two", "points"),
        ({"half_mm": 13.6}, "diphoton.half_separation", "+1.1 mm"),
        ({"split": 0.05}, "diphoton.single.split", "points"),
    ],
)
def test_defect_is_a_regression_with_its_name_in_every_format(
    runs: Any, defect: dict[str, float], metric: str, amount: str
) -> None:
    report, parts = judged(runs, make_diphoton(2, **defect), make_diphoton(1))
    assert report.verdict == parts["diphoton"].verdict == "REGRESSION"
    assert parts["quality"].verdict == "PASS"
    assert metric in worse(report)
    change = next(c for c in report.changes if c.name == metric)
    assert change.plot == "report.html#diphoton"
    assert change.label
    for text in (to_junit(report), to_markdown(report), to_json(report)):
        assert metric in text
    assert amount in to_markdown(report)
    table = next(iter(terminal_tables(report)))
    assert metric in list(table.columns[0].cells)
    assert metric in list(terminal_lines(report))[-1]


def test_a_change_below_the_floor_is_small_unless_the_policy_says_otherwise(runs: Any) -> None:
    after, before = make_diphoton(2, pairs=4000, response=0.914), make_diphoton(1, pairs=4000)
    report, _ = judged(runs, after, before)
    changes = {c.name: c for c in report.changes}
    assert changes["diphoton.response"].status == "small"
    assert report.verdict == "PASS"
    strict = {"floors": {"photon_energy": {"absolute": 0.001, "relative": 0}}}
    assert "diphoton.response" in worse(judged(runs, after, before, **strict)[0])
    rule = {"metric": [{"match": "diphoton.single.*", "ignore": True}]}
    ignoring, _ = judged(runs, after, before, **rule)
    assert not any(c.name.startswith("diphoton.single") for c in ignoring.changes)


def test_better_is_told_and_passes(runs: Any) -> None:
    report, _ = judged(runs, make_diphoton(2), make_diphoton(1, response=0.89))
    assert report.verdict == "PASS"
    assert "diphoton.response" in {c.name for c in report.changes if c.status == "better"}


def test_two_runs_have_one_origin() -> None:
    first, second = make_diphoton(2), make_diphoton(1)
    shifted = tuple(
        m.model_copy(update={"reference": m.reference + 0.01}) if m.form == "estimate" else m
        for m in second.metrics.metrics
    )
    moved = changed(second, "metrics", metrics=shifted)
    entries, gaps = diphoton_entries(first, moved, Policy())
    assert not gaps
    comparison = {entry.name: entry.comparison for entry in entries}["diphoton.response"]
    before, after = (
        next(m for m in record.metrics.metrics if m.name == "diphoton.response")
        for record in (second, first)
    )
    assert comparison.before == pytest.approx(before.value - before.reference - 0.005)
    assert comparison.after - comparison.before == pytest.approx(after.value - before.value)


def changed(record: Any, part: Any, **fields: Any) -> Any:
    return record.model_copy(update={part: getattr(record, part).model_copy(update=fields)})


@pytest.mark.parametrize(
    ("part", "fields", "word"),
    [
        ("reference", {"sha256": ("b" * 64,)}, "other reference: 'Geant4' (aaaaaaaaaaaa)"),
        ("settings", {"geometry_hash": "h" * 64}, "other geometry"),
        ("settings", {"readout_hash": "h" * 64}, "other readout cells"),
        ("settings", {"placement": "centre"}, "other placement: radial in the results"),
        ("settings", {"threshold_mev": 0.1}, "other threshold, MeV: 0.05"),
        ("settings", {"noise_mev": 0.1}, "other noise"),
        ("settings", {"reconstruction": {"layer.dc_mm": 6.0}}, "layer.dc_mm 5.6 in the results"),
        ("settings", {"energies_mev": (5e3, 5e3)}, "20000 20000 in the results, 5000 5000"),
        ("settings", {"edges_mm": (0.0, 10.0)}, "other separations"),
        ("settings", {"theta": 1.2}, "other theta"),
        ("metrics", {"version": 9}, "version 1 in the results, 9"),
        ("metrics", {"n": 299}, "the baseline has 299, the policy wants 300"),
    ],
)
def test_no_verdict_with_its_reason(runs: Any, part: str, fields: Any, word: str) -> None:
    broken = make_diphoton(2, response=0.8)
    report, parts = judged(runs, broken, changed(make_diphoton(1), part, **fields))
    assert parts["diphoton"].verdict == "NO VERDICT"
    assert word in "; ".join(parts["diphoton"].reasons)
    assert report.verdict == "PASS"
    assert any("diphoton: " in line for line in terminal_lines(report))
    required, _ = judged(runs, broken, changed(make_diphoton(1), part, **fields), **REQUIRED)
    assert (required.verdict, required.exit_code, required.remedy) == ("NO VERDICT", 3, "do it")


def test_seeds_and_replicas_may_differ(runs: Any) -> None:
    before = changed(make_diphoton(1), "settings", seed=77, replicas=50)
    assert judged(runs, make_diphoton(2), before)[1]["diphoton"].verdict == "PASS"


def test_runs_without_it_are_judged_as_before_unless_it_is_required(runs: Any) -> None:
    assert set(judged(runs, None, None)[1]) == {"quality"}
    report, parts = judged(runs, None, make_diphoton(1))
    assert report.verdict == "PASS"
    assert "the results have no di-photon benchmark" in parts["diphoton"].reasons[0]
    _, parts = judged(runs, make_diphoton(1), None)
    assert "the baseline has no" in parts["diphoton"].reasons[0]
    assert judged(runs, None, None, **REQUIRED)[0].exit_code == 3
    assert set(
        judged(
            runs, make_diphoton(2), make_diphoton(1), benchmark={"diphoton": {"judge": "ignore"}}
        )[1]
    ) == {"quality"}


def test_a_turn_on_that_is_gone_is_a_gap_and_still_a_regression(runs: Any) -> None:
    gone = make_diphoton(2, half=9.0, half_mm=None)
    report, _ = judged(runs, gone, make_diphoton(1))
    assert {gap.name for gap in report.gaps} == {
        "diphoton.half_separation", "diphoton.separation"
    }  # fmt: skip
    assert "diphoton.exactly_two" in worse(report)


def test_policy_with_an_unknown_metric_is_refused(runs: Any) -> None:
    rule = {"metric": [{"match": "diphoton.exacty_two", "absolute": 0.1}]}
    with pytest.raises(PolicyError, match=r"did you mean 'diphoton\.exactly_two'"):
        judged(runs, make_diphoton(2), make_diphoton(1), **rule)
    # Without the benchmark nobody can tell.
    judged(runs, None, None, **rule)


@pytest.fixture
def files(runs: Any, tmp_path: Path) -> tuple[Path, Path]:
    results = tmp_path / "results.json"
    write_results(results, with_benchmark(runs[1], "diphoton", make_diphoton(1)))
    baseline = tmp_path / "baseline.json"
    write_baseline(baseline, make_baseline(read_results(results)))
    return results, baseline


def edit(path: Path, change: Any) -> None:
    content = json.loads(path.read_text())
    change(content["benchmarks"]["diphoton"])
    path.write_text(json.dumps(content))


def test_baseline_holds_what_is_compared_and_no_pictures(files: tuple[Path, Path]) -> None:
    record = read_baseline(files[1]).benchmark("diphoton", DiphotonResults)
    assert record.metrics == make_diphoton(1).metrics
    assert record.reference.sha256 == ("a" * 64,)
    assert record.curves == record.events == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["metrics"]["metrics"][1].update(value=0.1),
        lambda d: d["reference"].update(sha256=["b" * 64]),
        lambda d: d["settings"].update(threshold_mev=0.5),
        lambda d: d["metrics"].update(n=1_000),
    ],
)
def test_edited_baseline_is_refused(files: tuple[Path, Path], change: Any) -> None:
    edit(files[1], change)
    with pytest.raises(BaselineError, match="edited"):
        read_baseline(files[1])


def test_edited_results_are_refused(files: tuple[Path, Path]) -> None:
    read_results(files[0])
    edit(files[0], lambda d: d["metrics"]["metrics"][1].update(value=0.1))
    with pytest.raises(ResultsError, match="edited"):
        read_results(files[0])


@pytest.mark.parametrize("after", [None, make_diphoton(2, pairs=200)])
def test_no_baseline_is_offered_that_could_not_be_compared_either(
    runs: Any, after: DiphotonResults | None
) -> None:
    report, _ = judged(runs, after, make_diphoton(1), **REQUIRED)
    assert (report.verdict, report.remedy) == ("NO VERDICT", "")
