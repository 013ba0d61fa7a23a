"""Trends: which runs are compared, and which changes are reported."""

from __future__ import annotations

from typing import Any

from history_factory import make_record

from calobench.history.trends import panels_of, series_of


def score_series(records: Any, name: Any) -> Any:
    (panel,) = panels_of(records)
    return next(one for one in series_of(panel) if one.score.name == name)


def test_a_step_of_one_score_is_told_as_worse() -> None:
    records = [make_record(day=day) for day in range(20)]
    records += [make_record(day=day, shifts={"fpd": 4.0}) for day in range(20, 30)]
    series = score_series(records, "fpd")
    (shift,) = series.shifts
    assert shift.record.created_utc[:10] == "2026-01-25"
    assert shift.position == 20
    assert shift.direction == "worse"
    assert shift.after[0] > shift.before[0]
    assert score_series(records, "auc").shifts == ()


def test_worse_is_lower_or_farther_where_the_score_says_so() -> None:
    down = [make_record(day=day, shifts={"recall": -5.0 * (day >= 15)}) for day in range(30)]
    assert [one.direction for one in score_series(down, "recall").shifts] == ["worse"]
    nearer = [
        make_record(day=day, shifts={"response": -8.0 * (day < 15) - 2.0}) for day in range(30)
    ]
    assert [one.direction for one in score_series(nearer, "response").shifts] == ["better"]


def test_another_reference_is_a_break_and_no_change() -> None:
    records = [make_record(day=day) for day in range(15)]
    records += [
        make_record(day=day, shifts={"fpd": 9.0}, reference="ee" * 32) for day in range(15, 30)
    ]
    series = score_series(records, "fpd")
    assert series.shifts == ()
    assert series.breaks == (15,)


def test_scores_that_a_run_lacks_are_left_out_of_it() -> None:
    records = [make_record(day=day, time_ms=10.0 if day % 2 else None) for day in range(20)]
    series = score_series(records, "timing.shower")
    assert [one.position for one in series.points] == list(range(1, 20, 2))


def test_panels_are_of_model_detector_and_use() -> None:
    records = [make_record("a"), make_record("b"), make_record("a", day=1, use="other")]
    assert [tuple(one.key)[::2] for one in panels_of(records)] == [
        ("a", "fast-sim-default"), ("a", "other"), ("b", "fast-sim-default"),
    ]  # fmt: skip
