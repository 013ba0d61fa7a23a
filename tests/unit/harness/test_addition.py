"""Two calls that add to the same results at the same time keep both additions."""

from __future__ import annotations

from pathlib import Path

import pytest
from diphoton_factory import make_diphoton
from results_factory import make_results
from timing_factory import make_timing

from calobench.errors import OutputError, ResultsError
from calobench.harness import addition
from calobench.harness.addition import Addition
from calobench.results.page_stamp import stamped_digest
from calobench.results.seal import digest_of
from calobench.results.store import read_results, write_results


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run" / "results.json"
    write_results(path, make_results().model_copy(update={"observables": (), "events": ()}))
    return path


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page without its figures: which results it names is what matters here."""
    page = '<meta name="calobench-results" content="{}">'
    monkeypatch.setattr(
        "calobench.report.html.render", lambda results: page.format(digest_of(results))
    )


def add(benchmark: str, run: Path, *, force: bool = False) -> Addition:
    return Addition(benchmark, None, run, "FCCeeALLEGRO", force=force)


def test_two_benchmarks_into_one_run(run: Path) -> None:
    """Both were started before either was finished."""
    timing, diphoton = add("timing", run), add("diphoton", run)
    timing.write(make_timing())
    diphoton.write(make_diphoton())
    results = read_results(run)
    assert set(results.benchmarks) >= {"timing", "diphoton"}
    assert stamped_digest(run.with_name("report.html")) == results.digest


def test_one_that_writes_while_the_other_draws(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the results were read, before they are written."""
    first, second = add("timing", run), add("diphoton", run)
    together, others = addition.write_together, [lambda: second.write(make_diphoton())]

    def late(*outputs: object, **options: object) -> None:
        if others:
            others.pop()()
        together(*outputs, **options)

    monkeypatch.setattr(addition, "write_together", late)
    first.write(make_timing())
    assert set(read_results(run).benchmarks) >= {"timing", "diphoton"}


def test_the_later_of_two_of_a_kind_is_told(run: Path) -> None:
    earlier, later = add("timing", run), add("timing", run)
    earlier.write(make_timing(1.0))
    kept = run.read_bytes()
    with pytest.raises(OutputError, match="has timing already; replace it with --force"):
        later.write(make_timing(0.5))
    assert run.read_bytes() == kept


def test_a_run_that_was_replaced_meanwhile_by_another_model(run: Path) -> None:
    late = Addition("timing", None, run, "FCCeeALLEGRO", model="distilled", force=False)
    results = read_results(run)
    other = results.model.model_copy(update={"name": "another"})
    write_results(run, results.model_copy(update={"model": other}))
    with pytest.raises(ResultsError, match="not of distilled"):
        late.write(make_timing())
    assert not read_results(run).benchmarks


def test_its_own_page_is_not_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "diphoton.html").write_text("mine")
    with pytest.raises(OutputError, match="html exists; replace it with --force"):
        Addition("diphoton", tmp_path, None, "ODD", page=True, force=False)
