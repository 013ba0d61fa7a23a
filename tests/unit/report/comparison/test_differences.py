"""Decision which of two models is nearer to Geant4."""

from __future__ import annotations

from quality_factory import make_run

from calobench.report.comparison.differences import difference_tables, standings
from calobench.report.comparison.runs import Runs, Source, compared


def runs_of(**defects: dict[str, float]) -> Runs:
    sources = []
    for seed, (name, settings) in enumerate(defects.items(), 1):
        results, _ = make_run(seed=seed, **settings)
        model = results.model.model_copy(update={"name": name})
        sources.append(Source(results.model_copy(update={"model": model}), name, name))
    return compared(sources)


def test_the_one_without_the_shift_is_nearer_in_the_response() -> None:
    runs = runs_of(good={}, bad={"shift": 0.6})
    (table,) = difference_tables(runs)
    bias = next(row for row in table.rows if row.label == "E_vis / E_inc, bias")
    assert bias.nearer == "good"
    assert bias.second.startswith("+0.5")
    assert "good is nearer to Geant4 in" in table.sentence
    assert "bad is nearer" not in table.sentence
    of_pair = standings(runs)
    assert of_pair["good", "bad"].nearer == of_pair["bad", "good"].farther > 0
    assert of_pair["good", "bad"].farther == 0


def test_the_order_of_the_runs_changes_nothing() -> None:
    (table,) = difference_tables(runs_of(bad={"shift": 0.6}, good={}))
    bias = next(row for row in table.rows if row.label == "E_vis / E_inc, bias")
    assert bias.nearer == "good"


def test_two_samples_of_one_model_cannot_be_told_apart() -> None:
    runs = runs_of(one={}, two={})
    (table,) = difference_tables(runs)
    assert {row.nearer for row in table.rows} == {""}
    assert "none tells one from two" in table.sentence


def test_runs_without_metrics_say_why() -> None:
    runs = runs_of(one={}, two={})
    without = runs.runs[1]._replace(
        results=runs.runs[1].results.model_copy(update={"quality": None})
    )
    (table,) = difference_tables(runs._replace(runs=(runs.runs[0], without)))
    assert table.rows == ()
    assert "no metrics" in table.sentence
    assert standings(runs._replace(runs=(runs.runs[0], without))) == {}
