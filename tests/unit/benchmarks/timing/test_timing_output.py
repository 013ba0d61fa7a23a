"""Outputs of a timing: a file, the results of a run, its report."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from results_factory import make_results
from timing_factory import make_timing

from calobench.benchmarks.timing.quality import quality_of, read_quality
from calobench.benchmarks.timing.record import TimingResults
from calobench.errors import OutputError, ResultsError
from calobench.harness.addition import Addition
from calobench.results.schema import Results
from calobench.results.seal import seal
from calobench.results.store import read_results, write_results
from calobench.verdict import with_verdict


def few(results: Results) -> Results:
    return results.model_copy(update={"observables": (), "events": ()})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run" / "results.json"
    write_results(path, few(make_results()))
    return path


@pytest.mark.parametrize("out", ["times", "times/other.json"])
def test_a_file_of_its_own(out: str, tmp_path: Path) -> None:
    timing = make_timing()
    (path,) = Addition("timing", tmp_path / out, None, "FCCeeALLEGRO", force=False).write(timing)
    assert path == tmp_path / "times" / ("timing.json" if out == "times" else "other.json")
    assert TimingResults.model_validate_json(path.read_text()) == timing


def test_into_a_run_and_its_report(run: Path, tmp_path: Path) -> None:
    timing = make_timing()
    (run.parent / "report.html").write_text("old")
    destination = Addition("timing", None, run, "FCCeeALLEGRO", force=False)
    assert destination.write(timing) == [run, run.parent / "report.html"]
    results = read_results(run)
    assert results.benchmarks["timing"] == timing
    expected = few(make_results()).with_benchmarks({"timing": timing})
    # With more evidence there is a verdict anew.
    assert results == seal(with_verdict(expected))
    page = (run.parent / "report.html").read_text()
    assert 'id="timing"' in page
    assert sorted(path.name for path in run.parent.iterdir()) == ["report.html", "results.json"]


def test_nothing_is_replaced_unasked(run: Path, tmp_path: Path) -> None:
    timing = make_timing()
    Addition("timing", tmp_path, run, "FCCeeALLEGRO", force=False).write(timing)
    with pytest.raises(OutputError, match="exists; replace it with --force"):
        Addition("timing", tmp_path, None, "FCCeeALLEGRO", force=False)
    with pytest.raises(OutputError, match="has timing already"):
        Addition("timing", None, run, "FCCeeALLEGRO", force=False)
    Addition("timing", tmp_path, run, "FCCeeALLEGRO", force=True).write(timing)


def test_the_wrong_places(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="on FCCeeALLEGRO, not on ODD"):
        Addition("timing", None, run, "ODD", force=False)
    with pytest.raises(ResultsError, match="not of somebody-else"):
        Addition("timing", None, run, "FCCeeALLEGRO", model="somebody-else", force=False)
    with pytest.raises(ResultsError, match="another geometry, though of the same name"):
        Addition("timing", None, run, "FCCeeALLEGRO", geometry_hash="0" * 64, force=False)
    weighted = read_results(run)
    model = weighted.model.model_copy(update={"weights_hash": "1" * 64})
    write_results(run, weighted.model_copy(update={"model": model}))
    with pytest.raises(ResultsError, match="other weights, though of the same name"):
        Addition("timing", None, run, "FCCeeALLEGRO", weights_hash="0" * 64, force=False)
    with pytest.raises(ResultsError, match="cannot read"):
        Addition("timing", None, tmp_path / "nothing.json", "ODD", force=False)
    (tmp_path / "times.json").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        Addition("timing", tmp_path / "times.json", None, "ODD", force=False)
    with pytest.raises(OutputError, match="cannot write"):
        Addition("timing", run / "times", None, "ODD", force=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot write"):
        Addition("timing", tmp_path / "times", None, "ODD", force=False)


def test_quality_is_the_mean_distance_over_its_null() -> None:
    results = make_results()
    scores = [s for o in results.observables for s in o.scores if s.name == "wasserstein"]
    quality = quality_of(results)
    assert quality is not None
    assert quality.wasserstein_over_null == pytest.approx(
        sum(s.value / s.null_95 for s in scores) / len(scores)
    )
    assert quality.compatible == sum(s.p_value > 0.05 for s in scores) / len(scores)
    assert (quality.model, quality.observables, quality.n) == ("distilled", len(scores), 2000)
    assert quality_of(results.model_copy(update={"observables": ()})) is None


def test_quality_of_files(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no scores with a null"):
        read_quality([run], "FCCeeALLEGRO")
    scored = tmp_path / "scored.json"
    write_results(scored, make_results())
    assert [one.model for one in read_quality([scored], "FCCeeALLEGRO")] == ["distilled"]
    with pytest.raises(ResultsError, match="on FCCeeALLEGRO, the timing is on ODD"):
        read_quality([scored], "ODD")
    with pytest.raises(ResultsError, match="second file of 'distilled'"):
        read_quality([scored, scored], "FCCeeALLEGRO")
