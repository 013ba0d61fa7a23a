"""The table of all scores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calobench.report import tables
from calobench.report.chapters import CHAPTERS, anchors, chapter_of
from calobench.report.section import Section
from calobench.results.schema import Results
from calobench.results.scores import page_scores

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("scores.html.j2")


def _context(results: Results) -> Mapping[str, object]:
    chapters = {one.name: chapter_of(one) for one in results.observables}
    used = [one for one in CHAPTERS if one in chapters.values()]
    return {
        "rows": tables.score_rows(results),
        "scores": page_scores(results),
        "chapters": chapters,
        "used": used,
        "anchors": anchors(results),
    }


SECTIONS = (Section("scores", "All scores", 95, _context, _TEMPLATE),)
