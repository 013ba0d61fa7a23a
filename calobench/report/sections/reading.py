"""Meaning of the numbers and the marks of the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calobench.report.section import Section
from calobench.results.schema import Results
from calobench.results.scores import page_scores

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("reading.html.j2")


def _context(results: Results) -> Mapping[str, object]:
    return {"alpha": f"{100 * results.run.alpha:g}", "scores": page_scores(results)}


SECTIONS = (Section("reading", "How to read this page", 97, _context, _TEMPLATE),)
