"""The page of a suite: models against detectors, each cell a run with a link to its report."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from calobench import __version__
from calobench._util.resources import report_templates_dir
from calobench.report.environment import page_environment
from calobench.report.text import measured
from calobench.suite.summary import SuiteRow, SuiteSummary
from calobench.verdict import Level

__all__ = ["render_suite"]

# How the page marks a level; the words stand beside it.
_MARKS = {
    Level.INDISTINGUISHABLE: "compatible",
    Level.FIT: "compatible",
    Level.FLAWS: "borderline",
    Level.UNUSABLE: "differs",
}


class _Cell(NamedTuple):
    row: SuiteRow | None
    mark: str


def render_suite(summary: SuiteSummary) -> str:
    """The page as text, self-contained but for its links to the runs' own pages."""
    style = (report_templates_dir() / "report.css").read_text(encoding="utf-8")
    table = [
        (model, [_cell(summary.row(model, detector)) for detector in summary.detectors])
        for model in summary.models
    ]
    return (
        page_environment()
        .get_template("suite.html.j2")
        .render(
            summary=summary,
            table=table,
            measured=measured,
            style=Markup(style),
            version=__version__,
        )
    )


def _cell(row: SuiteRow | None) -> _Cell:
    level = None if row is None else row.level
    return _Cell(row, _MARKS.get(level, "missing") if level else "missing")
