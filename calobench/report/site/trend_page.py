"""The page of a model on a detector: every main score over time, and all runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from calobench.history.record import HistoryRecord
from calobench.history.trends import ALPHA, Panel, Series
from calobench.report.history_words import shift_words
from calobench.report.site.badge import badge_svg
from calobench.report.site.leaderboard import Change
from calobench.report.site.names import badge_name, comparison_name
from calobench.report.site.trace import trace_of

__all__ = ["changes_of", "trend_page"]

_MAX_ROWS = 250


class _Link(NamedTuple):
    """The page of a run, as seen from this page."""

    record: HistoryRecord
    report: str | None
    settings: bool


def trend_page(
    environment: jinja2.Environment,
    common: dict[str, object],
    panel: Panel,
    series: Sequence[Series],
) -> str:
    """The page as text.

    Args:
        environment: of all templates.
        common: what every page of the site gets.
        panel: whose trends.
        series: its scores.
    """
    baselines = panel.baselines
    shown = panel.records[-_MAX_ROWS:]
    before = (None, *shown[:-1])
    runs = [
        _Link(record, _from_below(record.report), _differs(earlier, record))
        for earlier, record in zip(before, shown, strict=True)
    ]
    return environment.get_template("site_trend.html.j2").render(
        **common,
        panel=panel,
        latest=panel.latest,
        traces=[trace_of(one, baselines) for one in series],
        runs=runs[::-1],
        left_out=len(panel.records) - len(shown),
        alpha=ALPHA,
        badge=Markup(badge_svg(panel.latest)),
        badge_file=badge_name(panel.key),
        comparison=comparison_name((panel.key.detector, panel.key.use)),
    )


def changes_of(panel: Panel, series: Sequence[Series]) -> list[Change]:
    """Changes of all scores, and what gates called regressions.

    Args:
        panel: whose.
        series: its scores.
    """
    changes = [
        Change(
            shift.record.created_utc,
            panel.key,
            shift.direction,
            f"{one.score.label} {shift_words(one.score, shift)}",
        )
        for one in series
        for shift in one.shifts
    ]
    for record in panel.records:
        if record.gate is not None and record.gate.verdict == "REGRESSION":
            named = ", ".join(record.gate.worse[:3])
            more = len(record.gate.worse) - 3
            words = f"gate: regression in {named}" + (f" and {more} more" if more > 0 else "")
            changes.append(Change(record.created_utc, panel.key, "regression", words))
    return changes


def _differs(before: HistoryRecord | None, after: HistoryRecord) -> bool:
    """Whether a run cannot be held against the one before."""
    if before is None:
        return False
    return any(
        getattr(before, name) != getattr(after, name)
        for name in ("reference", "geometry_hash", "n", "n_reference")
    )


def _from_below(report: str | None) -> str | None:
    """An address as it is; a page of the site from a folder of it."""
    return report if report is None or "://" in report else f"../{report}"
