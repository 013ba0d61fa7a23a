"""From a run to a line: what is kept of it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from quality_factory import make_run
from results_factory import make_results
from timing_factory import make_timing

from calobench.cli import main
from calobench.errors import HistoryError, ResultsError
from calobench.gate import Policy, judge
from calobench.gate.output import to_json
from calobench.history.adding import add_run
from calobench.history.store import HistoryStore
from calobench.report import render
from calobench.results.schema import Results
from calobench.results.seal import seal
from calobench.results.store import write_results
from calobench.verdict import verdict_of


def a_run(folder: Path, results: Results, *, page: bool = False) -> Path:
    folder.mkdir()
    write_results(folder / "results.json", results)
    if page:
        (folder / "report.html").write_text(render(results), encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> HistoryStore:
    return HistoryStore(tmp_path / "history", create=True)


def test_a_run_is_kept_with_verdict_scores_and_page(tmp_path: Path, store: HistoryStore) -> None:
    results = make_results(n=200).with_benchmarks({"timing": make_timing()})
    run = a_run(tmp_path / "run", results, page=True)
    record = add_run(store, run)
    assert store.read().records == (record,)
    verdict = verdict_of(results)
    assert (record.level, record.sentence) == (verdict.level, verdict.sentence)
    assert (record.n, record.n_reference, record.seed) == (200, 200, 42)
    assert record.created_utc == results.provenance.created_utc
    assert record.results == seal(results).digest
    assert record.report is not None
    assert (store.folder / record.report).read_bytes() == (run / "report.html").read_bytes()
    time = record.score("timing.shower")
    assert time is not None
    assert time.cost
    assert time.unit == "ms"
    distance = record.score("distance")
    assert distance is not None
    assert distance.value > 0


def test_scores_of_all_observables_and_benchmarks_are_there(
    tmp_path: Path, store: HistoryStore
) -> None:
    sample = Path(__file__).parents[3] / "reports/samples/distilled-FCCeeALLEGRO"
    record = add_run(store, sample, keep_report=False)
    names = {one.name for one in record.scores}
    assert names >= {
        "distance", "response", "resolution", "fpd", "kpd", "auc", "precision", "recall", "equivalent",
        "diphoton.half_separation", "cell_auc",
    }  # fmt: skip
    assert record.report is None


def test_the_gate_is_kept_with_its_baseline(tmp_path: Path, store: HistoryStore) -> None:
    before, after = make_run(seed=1)[0], make_run(seed=3, shift=0.6)[0]
    run = a_run(tmp_path / "run", after)
    (run / "gate.json").write_text(to_json(judge(after, before, Policy())), encoding="utf-8")
    gate = add_run(store, run).gate
    assert gate is not None
    assert gate.verdict == "REGRESSION"
    assert gate.worse
    assert gate.baseline is not None
    assert gate.baseline.seed == before.run.seed
    other = a_run(tmp_path / "other", make_run(seed=5)[0])
    with pytest.raises(HistoryError, match="of another run"):
        add_run(store, other, gate=run / "gate.json")
    with pytest.raises(HistoryError, match="is no gate"):
        add_run(store, other, gate=other / "results.json")


def test_a_page_of_other_results_is_refused(tmp_path: Path, store: HistoryStore) -> None:
    run = a_run(tmp_path / "run", make_results(n=200))
    (run / "report.html").write_text(render(make_results(n=100)), encoding="utf-8")
    with pytest.raises(ResultsError, match="page of other results"):
        add_run(store, run)
    assert add_run(store, run, report_url="https://example.org/run/1.html").report is not None


def test_the_command_tells_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def calobench(*words: str) -> int:
        with pytest.raises(SystemExit) as exit_info:
            main(["history", *words, "--store", str(tmp_path / "history")])
        return int(exit_info.value.code or 0)

    runs = [str(a_run(tmp_path / f"run{n}", make_results(n=n))) for n in (100, 200)]
    assert calobench("add", *runs) == 0
    assert capsys.readouterr().out.count("added") == 2
    assert calobench("add", runs[0]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert calobench("add", runs[0], "--skip-known") == 0
    assert calobench("list") == 0
    assert capsys.readouterr().out.count("2026-03-02") >= 2
    assert calobench("show", "--detector", "ALLEGRO", "--model", "distilled") == 0
    assert "mean distance" in capsys.readouterr().out
    assert calobench("show", "--model", "distiled") == 2
    assert "did you mean 'distilled'?" in capsys.readouterr().err
    assert calobench("add", runs[0], "--report-url", "javascript:alert(1)") == 2
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "history/records/broken.jsonl").write_text("{\n", encoding="utf-8")
    assert calobench("list") == 0
    assert "broken.jsonl, line 1" in capsys.readouterr().err
