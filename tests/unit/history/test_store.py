"""The store: no run is lost, twice in it, or incomplete."""

from __future__ import annotations

from pathlib import Path

import pytest
from history_factory import fill, make_history, make_record

from calobench.errors import HistoryError
from calobench.history.record import GateMark, HistoryRecord
from calobench.history.store import DuplicateError, HistoryStore
from calobench.results.gate import Side


def test_runs_come_back_in_order_of_time(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history", create=True)
    records = make_history(7)
    for record in reversed(records):
        path = store.add(record)
        assert path.read_text(encoding="utf-8").count("\n") == 1
    history = HistoryStore(tmp_path / "history").read()
    assert sorted(history.records, key=lambda one: one.results) == sorted(
        records, key=lambda one: one.results
    )
    times = [one.created_utc for one in history.records]
    assert times == sorted(times)
    assert history.damaged == ()


def test_what_is_not_known_comes_back_as_that(tmp_path: Path) -> None:
    unknown = {"weights_hash": None, "nfe": None, "parameters": None, "git_commit": None}
    side = Side(
        model="distilled", detector="ODD", n=500, seed=1, created_utc="2026-01-01T00:00:00+00:00",
        git_commit=None, weights_hash=None,
    )  # fmt: skip
    bare = make_record(**unknown, gate=None, report=None, scores=(), lights=())
    gated = make_record(day=1, gate=GateMark(verdict="PASS", baseline=side))
    store = HistoryStore(tmp_path / "history", create=True)
    for record in (bare, gated):
        store.add(record)
    assert store.read() == ((bare, gated), ())


def test_a_run_that_is_there_is_refused(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history", create=True)
    path = store.add(make_record(note="the first"))
    before = path.read_bytes()
    with pytest.raises(DuplicateError, match="already; it is not added again"):
        store.add(make_record(note="the second"))
    assert path.read_bytes() == before


def test_branches_change_no_file_in_common(tmp_path: Path) -> None:
    """Stores that began as one hold, together, the files of both."""
    names = []
    for branch, day in (("a", 1), ("b", 2)):
        store = fill(tmp_path / branch, [make_record(day=0)])
        store.add(make_record(day=day))
        names.append({one.name for one in (tmp_path / branch / "records").iterdir()})
    assert len(names[0] & names[1]) == 1
    assert len(names[0] | names[1]) == 3
    for one in (tmp_path / "b" / "records").iterdir():
        (tmp_path / "a" / "records" / one.name).write_bytes(one.read_bytes())
    assert len(HistoryStore(tmp_path / "a").read().records) == 3


def test_lines_that_cannot_be_read_are_named_and_the_others_used(tmp_path: Path) -> None:
    good, edited = make_record(day=1), make_record(day=2)
    store = fill(tmp_path / "history", [good])
    lines = [
        "<<<<<<< HEAD",
        good.line(),
        good.line()[:-20],
        edited.line().replace("visible flaws", "indistinguishable"),
        "",
        make_record(day=3).line() + "\r",
        '{"history_version": "1.0"}',
    ]
    (tmp_path / "history/records/merged.jsonl").write_text("\n".join(lines), encoding="utf-8")
    history = store.read()
    assert [one.created_utc[:10] for one in history.records] == ["2026-01-06", "2026-01-08"]
    assert [(one.file, one.line) for one in history.damaged] == [
        ("records/merged.jsonl", line) for line in (1, 3, 4, 7)
    ]
    assert "edited" in history.damaged[2].reason
    assert "does not begin with its digest" in history.damaged[3].reason


def test_newer_versions_are_refused_as_a_whole(tmp_path: Path) -> None:
    store = fill(tmp_path / "history", [make_record()])
    newer = tmp_path / "history/records/newer.jsonl"
    line = make_record(day=1).line().replace('_version":"1.0"', '_version":"1.1"')
    newer.write_text(line, encoding="utf-8")
    with pytest.raises(HistoryError, match=r"line 1, is of history version 1\.1, this calobench"):
        store.read()
    marker = tmp_path / "history/calobench-history.json"
    marker.write_text('{"kind": "calobench-history", "version": "2.0"}', encoding="utf-8")
    with pytest.raises(HistoryError, match=r"version 2\.0"):
        HistoryStore(tmp_path / "history")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "other", "version": "1.0"}', "{"])
def test_a_marker_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "calobench-history.json").write_text(text, encoding="utf-8")
    with pytest.raises(HistoryError):
        HistoryStore(tmp_path)


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(HistoryError, match=r"holds other files \(notes.txt\)"):
        HistoryStore(tmp_path, create=True)
    with pytest.raises(HistoryError, match="is no history"):
        HistoryStore(tmp_path / "nowhere")
    with pytest.raises(HistoryError, match="is a file"):
        HistoryStore(tmp_path / "notes.txt", create=True)
    assert [one.name for one in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    "report",
    [
        "javascript:alert(1)",
        "../../etc/passwd",
        "reports/x.html",
        'https://a/"onclick=',
        "file:///x",
    ],
)
def test_pages_lead_nowhere_else(report: str) -> None:
    with pytest.raises(ValueError, match="report"):
        HistoryRecord(**{**make_record().model_dump(), "report": report})
