"""The table of headlines in the documentation is that of the measured numbers."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_page_shows_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """All five samples, on the page as the study writes them."""
    monkeypatch.syspath_prepend(str(ROOT / "studies"))
    study = runpy.run_path(str(ROOT / "studies/verdict_headlines.py"), run_name="study")
    measured = json.loads((ROOT / "docs/verdict_headlines.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs/verdict.md").read_text(encoding="utf-8")
    assert study["on_page"](page, study["to_markdown"](measured)) == page
    assert {row["name"] for row in measured["rows"]} == {one.name for one in study["cases"](1, 1)}


def test_a_page_without_a_place_for_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of a page that was changed elsewhere."""
    monkeypatch.syspath_prepend(str(ROOT / "studies"))
    study = runpy.run_path(str(ROOT / "studies/verdict_headlines.py"), run_name="study")
    with pytest.raises(SystemExit, match="the page has no"):
        study["on_page"]("# The verdict\n", "table")
