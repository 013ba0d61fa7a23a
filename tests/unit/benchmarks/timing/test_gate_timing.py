from __future__ import annotations

import xml.etree.ElementTree as ET
from types import SimpleNamespace
from typing import Any

import pytest
from quality_factory import make_run, with_benchmark

from calobench.benchmarks.timing.gate import timing_entries, timing_obstacles
from calobench.benchmarks.timing.record import CallTime, TimingRow
from calobench.gate import Policy, judge
from calobench.gate.documents import make_baseline
from calobench.gate.output import to_junit
from calobench.gate.output.terminal import terminal_lines
from calobench.gate.part import PartSettings


def row(median: float = 10.0, error: float = 0.1, rounds: int = 12, **fields: Any) -> Any:
    time = CallTime.model_construct(median_ms=median, error_ms=error, rounds=rounds)
    values = {
        "model": "distilled", "device": "cpu", "device_name": None, "energy_mev": 5e4,
        "batch_size": 100, "threads": 1, "time": time, "refusal": None, **fields,
    }  # fmt: skip
    return TimingRow.model_construct(**values)


REQUIRED = {"benchmark": {"timing": {"judge": "required"}}}


def timing(
    *rows: Any,
    invalid: Any = (),
    processor: str = "A",
    cores: int = 2,
    geometry: str = "g",
    theta: float = 1.57,
) -> Any:
    return SimpleNamespace(
        rows=rows,
        invalid=invalid,
        machine=SimpleNamespace(processor=processor, cores=cores),
        settings=SimpleNamespace(geometry_hash=geometry, theta=theta, phi=0.0),
    )


@pytest.fixture(scope="module")
def runs() -> Any:
    return make_run(seed=2)[0], make_baseline(make_run(seed=1)[0])


def judged(runs: Any, before: Any, after: Any, **policy: Any) -> Any:
    candidate = with_benchmark(runs[0], "timing", after)
    baseline = with_benchmark(runs[1], "timing", before)
    report = judge(candidate, baseline, Policy.model_validate(policy))
    return report, {part.name: part for part in report.parts}


@pytest.mark.parametrize(
    ("median", "error", "status"),
    [(10.0, 0.1, "unchanged"), (12.0, 0.1, "worse"), (8.0, 0.1, "better"), (10.8, 0.05, "small"),
     (12.0, 1.5, "unchanged")],
)  # fmt: skip
def test_slower_is_worse_if_significant_and_by_more_than_a_tenth(
    runs: Any, median: float, error: float, status: str
) -> None:
    before = timing(row(error=error / 2))
    report, parts = judged(runs, before, timing(row(median, error)))
    change = next(change for change in report.changes if change.kind == "timing")
    assert change.status == status
    assert change.name == "timing.distilled.cpu.1_thread.batch_100.50_gev"
    assert change.plot == "report.html#timing"
    expected = "REGRESSION" if status == "worse" else "PASS"
    assert parts["timing"].verdict == report.verdict == expected
    assert parts["quality"].verdict == "PASS"


def test_errors_of_few_rounds_prove_little(runs: Any) -> None:
    for rounds, status in ((2, "unchanged"), (30, "worse")):
        report, _ = judged(runs, timing(row(rounds=rounds)), timing(row(13.0, 0.3, rounds)))
        change = next(change for change in report.changes if change.kind == "timing")
        assert change.status == status


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (timing(row(99.0), invalid=("the cores were throttled",)), "INVALID timing in the results"),
        (timing(row(99.0), processor="B"), "other machine: B"),
        (timing(row(99.0), cores=64), "with 64 cores"),
        (timing(row(99.0), geometry="h"), "other geometry"),
        (timing(row(99.0), theta=1.0), "other direction"),
        (timing(row(99.0, batch_size=1)), "share no metric"),
        (None, "results have no times"),
    ],
)
def test_times_that_cannot_be_compared_have_no_verdict_of_their_own(
    runs: Any, after: Any, word: str
) -> None:
    report, parts = judged(runs, timing(row()), after)
    assert parts["timing"].verdict == "NO VERDICT"
    assert word in parts["timing"].reasons[0]
    assert report.verdict == parts["quality"].verdict == "PASS"
    strict, _ = judged(runs, timing(row()), after, **REQUIRED)
    assert (strict.verdict, strict.exit_code) == ("NO VERDICT", 3)


def test_invalid_baseline_and_no_times_at_all(runs: Any) -> None:
    assert (
        "in the baseline" in timing_obstacles(timing(), timing(invalid=("hot",)), PartSettings())[0]
    )
    assert "timing" not in judged(runs, None, None)[1]
    assert judged(runs, None, None, **REQUIRED)[0].verdict == "NO VERDICT"
    slow = judged(runs, timing(row()), timing(row(99.0)), benchmark={"timing": {"judge": "ignore"}})
    assert slow[0].verdict == "PASS"
    assert "timing" not in slow[1]


def test_rows_that_cannot_be_compared_are_gaps() -> None:
    before = timing(
        row(), row(threads=4), row(device="cuda", device_name="H100"), row(energy_mev=1e3)
    )
    after = timing(
        row(), row(batch_size=1), row(device="cuda", device_name="H200"),
        row(energy_mev=1e3, time=None, refusal="over the limit"),
    )  # fmt: skip
    entries, gaps = timing_entries(after, before, Policy())
    assert [entry.name for entry in entries] == ["timing.distilled.cpu.1_thread.batch_100.50_gev"]
    assert {gap.reason for gap in gaps} == {
        "not in the results", "not in the baseline", "H200, was H100", "over the limit"
    }  # fmt: skip


def test_regression_of_quality_wins_over_missing_times(runs: Any) -> None:
    worse = make_run(seed=3, shift=0.6)[0]
    report = judge(worse, runs[1], Policy.model_validate(REQUIRED))
    assert (report.verdict, report.exit_code) == ("REGRESSION", 1)


def test_only_what_decides_is_the_reason_of_no_verdict(runs: Any) -> None:
    report, parts = judged(runs, timing(row()), None, min_showers=10_000)
    assert report.verdict == "NO VERDICT"
    assert (parts["quality"].required, parts["timing"].required) == (True, False)
    *_, last = lines = list(terminal_lines(report))
    assert last.startswith("NO VERDICT: too few showers")
    assert "times" not in last
    assert "no verdict on the timing: the results have no times" in lines
    cases = {case.get("name"): case for case in ET.fromstring(to_junit(report)).iter("testcase")}
    assert cases["quality"].find("error") is not None
    assert cases["timing"].find("skipped") is not None


def test_a_regression_in_time_says_that_the_quality_was_not_judged(runs: Any) -> None:
    report, _ = judged(runs, timing(row()), timing(row(99.0)), min_showers=10_000)
    assert report.verdict == "REGRESSION"
    assert any(
        line.startswith("no verdict on the quality: too few") for line in terminal_lines(report)
    )
