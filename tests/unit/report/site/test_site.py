"""The site of a history: its files, what is made again, and what is not touched."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from history_factory import fill, make_history, make_record

from calobench.cli import main
from calobench.errors import OutputError
from calobench.history.record import HistoryRecord
from calobench.history.store import HistoryStore
from calobench.report.site.badge import badge_svg
from calobench.report.site.build import SiteOutcome, SiteRequest, build_site
from calobench.report.site.feed import feed_text
from calobench.results.verdict import Level

EVIL = "<script>alert(1)</script>\"'&"


def built(store: HistoryStore, out: Path, **options: object) -> SiteOutcome:
    return build_site(store, store.read(), SiteRequest(out, **options))


def links_of(page: Path) -> set[str]:
    return set(re.findall(r'(?:href|src)="([^"#]*)"', page.read_text(encoding="utf-8")))


@pytest.fixture
def store(tmp_path: Path) -> HistoryStore:
    return fill(tmp_path / "history", make_history(42))


def test_every_link_leads_to_a_file_and_nothing_is_fetched(
    tmp_path: Path, store: HistoryStore
) -> None:
    page = make_record(day=60, report=f"reports/{'0' * 64}.html", results="0" * 64)
    store.add(page, b"<!DOCTYPE html><title>a report</title>")
    out = tmp_path / "public"
    built(store, out)
    pages = list(out.rglob("*.html"))
    assert len(pages) == 1 + 6 + 2 + 1
    for one in pages:
        for link in links_of(one) - {"data:,"}:
            assert (one.parent / link).is_file(), (one, link)
    assert f"reports/{'0' * 64}.html" in links_of(out / "index.html")
    listed = set(json.loads((out / "site.json").read_text())["files"])
    there = {one.relative_to(out).as_posix() for one in out.rglob("*") if one.is_file()}
    assert there == listed | {"site.json"}


def test_one_more_run_makes_its_pages_again_and_no_others(
    tmp_path: Path, store: HistoryStore
) -> None:
    out = tmp_path / "public"
    first = built(store, out)
    assert first.kept == 0
    nothing_new = built(store, out)
    assert nothing_new.written == ("feed.json", "index.html")
    before = {one.name: one.stat().st_ino for one in (out / "trends").iterdir()}
    store.add(make_record("solver", "FCCeeCLD", day=100))
    again = built(store, out)
    assert [one.partition("/")[0] for one in again.written] == [
        "badges", "compare", "feed.json", "index.html", "trends",
    ]  # fmt: skip
    assert all(
        "solver-fcceecld" in one or "/fcceecld" in one for one in again.written if "/" in one
    )
    after = {one.name: one.stat().st_ino for one in (out / "trends").iterdir()}
    assert sum(before[name] != after[name] for name in before) == 1
    fresh = tmp_path / "fresh"
    built(store, fresh)
    for one in (path for path in fresh.rglob("*") if path.is_file()):
        assert (out / one.relative_to(fresh)).read_bytes() == one.read_bytes()


def test_a_run_that_is_gone_takes_its_pages_with_it(tmp_path: Path, store: HistoryStore) -> None:
    out = tmp_path / "public"
    extra = store.add(make_record("passing", "ODD"))
    built(store, out)
    assert any("passing" in one.name for one in out.rglob("*"))
    extra.unlink()
    built(store, out)
    assert not any("passing" in one.name for one in out.rglob("*"))


def test_a_folder_with_other_files_is_refused_and_left(tmp_path: Path, store: HistoryStore) -> None:
    out = tmp_path / "public"
    built(store, out)
    (out / "CNAME").write_text("example.org", encoding="utf-8")
    with pytest.raises(OutputError, match=r"did not make \(CNAME\)"):
        built(store, out)
    other = tmp_path / "home"
    other.mkdir()
    (other / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"index\.html"):
        built(store, other)
    assert (other / "index.html").read_text() == "mine"


def test_a_damaged_manifest_is_no_reason_to_trust_the_files(
    tmp_path: Path, store: HistoryStore
) -> None:
    out = tmp_path / "public"
    built(store, out)
    content = json.loads((out / "site.json").read_text())
    (out / "site.json").write_text(json.dumps({"files": content["files"], "made_of": [1]}))
    assert built(store, out).kept == 0


def test_whatever_a_model_is_called_is_text(tmp_path: Path) -> None:
    store = fill(
        tmp_path / "history",
        [
            make_record(EVIL, "../../x", note=EVIL, day=k, sentence=f"Flaws: {EVIL}")
            for k in range(2)
        ],
    )
    out = tmp_path / "public"
    built(store, out, title=EVIL)
    for page in out.rglob("*.html"):
        assert "<script>alert" not in page.read_text(encoding="utf-8")
    for badge in out.rglob("*.svg"):
        ET.parse(badge)
    assert {one.parent.name for one in out.rglob("*.svg")} == {"badges"}
    json.loads((out / "feed.json").read_text(encoding="utf-8"))


def test_what_has_changed_and_regressions_are_told_first(tmp_path: Path) -> None:
    records = [make_record(day=day, shifts={"fpd": 5.0 * (day >= 20)}) for day in range(30)]
    store = fill(tmp_path / "history", records)
    (tmp_path / "history/records/broken.jsonl").write_text("x\n", encoding="utf-8")
    out = tmp_path / "public"
    for _ in range(2):  # also where the page of the trends is kept
        built(store, out)
        page = (out / "index.html").read_text(encoding="utf-8")
        assert "FPD from" in page
        assert "worse, from the run of 2026-01-25 on" in page
        assert "broken.jsonl, line 1" in page


def test_the_badge_says_the_verdict_in_words() -> None:
    for level in Level:
        root = ET.fromstring(badge_svg(make_record(level=level)))
        assert root.get("width", "").isdigit()
        texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
        assert texts == ["distilled on FCCeeALLEGRO", level.value]


def test_the_feed_is_json_feed_1_1() -> None:
    records = make_history(120)
    feed = json.loads(feed_text(records, "A title", "https://example.org/calo/"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "A title"
    assert feed["feed_url"] == "https://example.org/calo/feed.json"
    items = feed["items"]
    assert len(items) == 100
    assert len({one["id"] for one in items}) == 100
    assert items[0]["date_published"] == records[-1].created_utc
    assert all(one["content_text"] and one["url"].startswith("https://") for one in items)
    without = json.loads(feed_text(records, "A title", None))
    assert "home_page_url" not in without
    assert "url" not in without["items"][0]


def test_an_empty_history_is_a_page(tmp_path: Path) -> None:
    built(HistoryStore(tmp_path / "history", create=True), tmp_path / "public")
    assert "No runs yet" in (tmp_path / "public/index.html").read_text()


def test_the_command(
    tmp_path: Path, store: HistoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    def calobench(*words: str) -> int:
        with pytest.raises(SystemExit) as exit_info:
            main(["site", str(store.folder), *words])
        return int(exit_info.value.code or 0)

    assert calobench("-o", str(tmp_path / "public"), "--url", "https://example.org") == 0
    assert "42 runs" in capsys.readouterr().out
    assert "https://example.org/feed.json" in (tmp_path / "public/feed.json").read_text()
    assert calobench("-o", str(tmp_path / "public"), "--url", "javascript:alert(1)") == 2
    assert calobench("-o", str(tmp_path)) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_records_of_two_uses_are_two_boards(tmp_path: Path) -> None:
    def record(use: str, day: int) -> HistoryRecord:
        return make_record(day=day, use=use, use_title=f"the use {use}")

    store = fill(tmp_path / "history", [record("a", 0), record("b", 1)])
    built(store, tmp_path / "public")
    page = (tmp_path / "public/index.html").read_text(encoding="utf-8")
    assert page.index("The use a") < page.index("The use b")
