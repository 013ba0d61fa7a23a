"""Times on the page."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from results_factory import make_results
from timing_factory import make_timing

from calobench.benchmarks.timing.figures_field import QualityPoint, pareto_front
from calobench.benchmarks.timing.record import TimingResults
from calobench.report import render


def page(timing: TimingResults) -> str:
    results = make_results(events=0)
    few = results.model_copy(
        update={"observables": results.observables[:1], "benchmarks": {"timing": timing}}
    )
    return render(few)


@pytest.fixture(scope="module")
def valid_page() -> str:
    return page(make_timing())


def section(text: str) -> str:
    return text.partition('id="timing"')[2].partition('id="cost"')[0]


def test_without_times_there_is_no_section() -> None:
    results = make_results(events=0)
    few = results.model_copy(update={"observables": results.observables[:1]})
    assert 'id="timing"' not in render(few)


def test_tables_and_plots(valid_page: str) -> None:
    content = section(valid_page)
    assert "INVALID" not in content
    assert "<strong>Valid</strong>" in content
    assert content.count('<svg class="plot"') == 3
    for words in (
        "latency",
        "throughput",
        "Geant4, Python callbacks",
        "11.4.1",
        "80.0",
        "Runtime 9",
    ):
        assert words in content
    for timing_row in ("10.0 GeV", "50.0 GeV", "100 GeV"):
        assert timing_row in content


def test_the_page_keeps_its_rules(valid_page: str) -> None:
    identifiers = Counter(re.findall(r'\bid="([^"]+)"', valid_page))
    assert [name for name, count in identifiers.items() if count > 1] == []
    targets = set(re.findall(r'href="#([^"]+)"', valid_page))
    targets |= set(re.findall(r"url\(#([^)]+)\)", valid_page))
    assert targets <= set(identifiers)
    assert "#01020" not in section(valid_page)


def test_an_invalid_run_says_so_first() -> None:
    content = section(page(make_timing(0.8)))
    before, after = content.split("INVALID: do not quote these times")
    assert "<table" not in before
    assert "solver on cpu had a core only 80% of the time" in after
    assert "Valid</strong>" not in content


def test_the_smallest_timing_there_is() -> None:
    """One model without information on itself, one energy, no Geant4, no quality."""
    timing = make_timing(
        models=("solver",), energies_mev=(50e3,), geant4=False, batch_sizes=(1,)
    ).model_copy(update={"quality": ()})
    rows = tuple(
        row.model_copy(update={"nfe": None, "flops": None, "parameters": None, "limit_ms": None})
        for row in timing.rows
    )
    content = section(page(timing.model_copy(update={"rows": rows})))
    assert content.count('<svg class="plot"') == 1
    assert "Speed-up" not in content


def test_nothing_could_be_measured() -> None:
    timing = make_timing(geant4=False)
    rows = tuple(
        row.model_copy(update={"time": None, "refusal": "out of memory: <b>", "scenarios": ()})
        for row in timing.rows
    )
    content = section(page(timing.model_copy(update={"rows": rows})))
    assert "not measured" in content
    assert "out of memory: &lt;b&gt;" in content
    assert '<svg class="plot"' not in content


def test_several_devices_are_told_apart() -> None:
    timing = make_timing()
    gpu = tuple(
        row.model_copy(update={"device": "cuda", "device_name": "A GPU", "limit_ms": None,
                               "peak_device_memory_bytes": 2**30})
        for row in timing.rows
    )  # fmt: skip
    content = section(page(timing.model_copy(update={"rows": timing.rows + gpu})))
    assert "distilled, cuda" in content
    assert "1.00 GiB on A GPU" in content


def test_the_front_is_what_nothing_beats_in_both() -> None:
    def point(time: float, distance: float) -> QualityPoint:
        return QualityPoint("", "cpu", time, distance)

    fast, good, middle = point(1, 5), point(100, 1), point(10, 2)
    beaten, equal = point(20, 3), point(10, 4)
    assert pareto_front([beaten, good, equal, fast, middle]) == [fast, middle, good]
    assert pareto_front([]) == []
