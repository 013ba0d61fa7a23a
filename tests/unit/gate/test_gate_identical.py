from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from quality_factory import make_run

from calobench.gate import Policy, judge
from calobench.gate.documents import make_baseline
from calobench.gate.output import to_junit, to_markdown
from calobench.gate.output.terminal import terminal_lines
from calobench.gate.output.wording import headline
from calobench.results.gate import GateReport, Part
from calobench.results.schema import Results


@pytest.fixture(scope="module")
def run() -> Results:
    return make_run(seed=1)[0]


def with_content(results: Results, checksum: str | None) -> Results:
    update = {"content_sha256": checksum}
    return results.model_copy(update={"run": results.run.model_copy(update=update)})


def only_part(report: GateReport) -> Part:
    (part,) = report.parts
    return part


def test_the_same_metrics_pass_without_statistics(run: Results) -> None:
    report = judge(run, make_baseline(run), Policy())
    assert (report.verdict, report.exit_code) == ("PASS", 0)
    assert report.changes == ()
    assert only_part(report).identical == "metrics"
    assert only_part(report).compared == len(run.quality.metrics)
    assert "identical by content" in headline(report)
    for text in (to_markdown(report), "\n".join(terminal_lines(report))):
        assert "identical by content" in text
        assert run.provenance.created_utc in text
    suite = ET.fromstring(to_junit(report)).find("testsuite")
    assert suite.get("tests") == "1"
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "0")


def test_the_same_showers_pass_whatever_the_metrics_are(run: Results) -> None:
    """Metrics of another version, of showers that did not change."""
    other = make_run(seed=3, shift=0.6)[0]
    baseline = make_baseline(with_content(run, "a" * 64))
    report = judge(with_content(other, "a" * 64), baseline, Policy())
    assert (report.verdict, only_part(report).identical) == ("PASS", "showers")
    assert "its showers are those of the baseline" in headline(report)


def test_few_identical_showers_are_enough() -> None:
    few = with_content(make_run(seed=1, n=100)[0], "b" * 64)
    assert judge(few, make_baseline(few), Policy()).verdict == "PASS"


@pytest.mark.parametrize("checksums", [("a" * 64, "b" * 64), (None, None), ("a" * 64, None)])
def test_other_or_unknown_showers_are_compared(
    run: Results, checksums: tuple[str | None, str | None]
) -> None:
    other = with_content(make_run(seed=3, shift=0.6)[0], checksums[0])
    report = judge(other, make_baseline(with_content(run, checksums[1])), Policy())
    assert report.verdict == "REGRESSION"
    assert only_part(report).identical == ""


def test_one_other_metric_is_compared(run: Results) -> None:
    first, *rest = run.quality.metrics
    moved = first.model_copy(update={"value": first.value + 1e-6})
    quality = run.quality.model_copy(update={"metrics": (moved, *rest)})
    report = judge(run.model_copy(update={"quality": quality}), make_baseline(run), Policy())
    assert report.verdict == "PASS"
    assert only_part(report).identical == ""
    assert len(report.changes) == len(run.quality.metrics)


def test_the_same_showers_in_another_geometry_have_no_verdict(run: Results) -> None:
    detector = run.detector.model_copy(update={"geometry_hash": "f" * 64})
    moved = with_content(run.model_copy(update={"detector": detector}), "a" * 64)
    assert (
        judge(moved, make_baseline(with_content(run, "a" * 64)), Policy()).verdict == "NO VERDICT"
    )
