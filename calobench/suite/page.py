"""The page of a suite: models against detectors, each cell a run with a link to its report."""

from __future__ import annotations

from typing import Literal, NamedTuple

from markupsafe import Markup

from calobench import __version__
from calobench._util.resources import report_templates_dir
from calobench.report.environment import page_environment
from calobench.suite.summary import SuiteRow, SuiteSummary

__all__ = ["render_suite"]

Status = Literal["compatible", "borderline", "differs", "missing"]

# Areas under the ROC curve of the trees up to which a cell is drawn so; shown with number and mark.
_LIMITS: tuple[tuple[float, Status], ...] = (
    (0.6, "compatible"),
    (0.8, "borderline"),
    (1.01, "differs"),
)


class _Cell(NamedTuple):
    row: SuiteRow | None
    status: Status


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
        .render(summary=summary, table=table, style=Markup(style), version=__version__)
    )


def _cell(row: SuiteRow | None) -> _Cell:
    auc = None if row is None else row.score("auc")
    if auc is None:
        return _Cell(row, "missing")
    # On either side of one half: trees that are wrong more often than not have learnt as much.
    area = max(auc.value, 1 - auc.value)
    return _Cell(row, next(status for limit, status in _LIMITS if area < limit))
