"""The page of a detector: the latest run of every model side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from calobench.history.record import HistoryRecord
from calobench.history.trends import Panel
from calobench.report.history_words import value_words
from calobench.report.palette import looks
from calobench.report.site.names import trend_name
from calobench.report.swatch import swatch
from calobench.report.text import p_value
from calobench.results.main_score import MainScore
from calobench.results.verdict import Topic

__all__ = ["comparison_page"]

# Two values closer than that, in their errors, are not told apart.
_APART = 2.0


class Column(NamedTuple):
    """A model."""

    record: HistoryRecord
    swatch: Markup
    trend: str


class Cell(NamedTuple):
    """A score of a model.

    Attributes:
        value: with its error, as text.
        p: as text; '' for none.
        best: ``best``, ``as good`` (not told apart from the best), or ''.
        sort: larger is worse.
    """

    value: str
    p: str
    best: str
    sort: float


class Row(NamedTuple):
    """A score."""

    label: str
    cells: tuple[Cell | None, ...]


def comparison_page(
    environment: jinja2.Environment, common: dict[str, object], panels: Sequence[Panel]
) -> str:
    """The page as text.

    Args:
        environment: of all templates.
        common: what every page of the site gets.
        panels: all models on one detector, for one use.
    """
    records = [panel.latest for panel in panels]
    look = looks([one.model for one in records])
    return environment.get_template("site_compare.html.j2").render(
        **common,
        columns=[
            Column(panel.latest, swatch(look[panel.key.model]), trend_name(panel.key))
            for panel in panels
        ],
        rows=_rows(records),
        topics=list(Topic),
        notes=_notes(records),
    )


def _rows(records: Sequence[HistoryRecord]) -> list[Row]:
    labels = {score.name: score.label for one in records for score in one.scores}
    return [
        Row(label, _cells([one.score(name) for one in records])) for name, label in labels.items()
    ]


def _cells(scores: Sequence[MainScore | None]) -> tuple[Cell | None, ...]:
    known = [one for one in scores if one is not None]
    best = min(known, key=lambda one: one.distance(one.value))
    alike = len({one.setup for one in known}) == 1 and len(known) > 1
    return tuple(
        None
        if one is None
        else Cell(
            value_words(one),
            "" if one.p_value is None else p_value(one.p_value, 0),
            _standing(one, best) if alike else "",
            one.distance(one.value),
        )
        for one in scores
    )


def _standing(one: MainScore, best: MainScore) -> str:
    if one is best:
        return "best"
    if one.error is None or best.error is None:
        return ""
    farther = one.distance(one.value) - best.distance(best.value)
    return "as good" if farther <= _APART * (one.error**2 + best.error**2) ** 0.5 else ""


def _notes(records: Sequence[HistoryRecord]) -> list[str]:
    notes = []
    for words, names in (
        ("other references: models are each held against their own", ("reference",)),
        ("other geometries of the detector", ("geometry_hash",)),
        ("other numbers of showers, and so other nulls", ("n", "n_reference")),
    ):
        if len({tuple(getattr(one, name) for name in names) for one in records}) > 1:
            notes.append(f"The runs have {words}.")
    return notes
