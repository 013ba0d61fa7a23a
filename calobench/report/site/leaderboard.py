"""The leaderboard: models against detectors, each cell the latest run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from calobench.history.record import DISTANCE, HistoryRecord
from calobench.history.trends import Panel, PanelKey
from calobench.report.history_words import value_words
from calobench.report.palette import looks
from calobench.report.site.names import comparison_name, trend_name
from calobench.report.site.pareto import Pareto, pareto_of
from calobench.report.swatch import swatch
from calobench.results.verdict import Level

__all__ = ["BOUNDS", "Change", "LeaderBoard", "Leaders", "boards_of", "recent"]

BOUNDS = (1.0, 1.5, 2.5, 5.0)
"""Mean distances, over what chance stays under, at which the colour becomes stronger."""

# Scores that a cell shows, as far as its run has them.
_SHOWN = {DISTANCE: "distance", "auc": "AUC", "fpd": "FPD", "equivalent": "worth"}


class Change(NamedTuple):
    """Something that happened, for the list of changes.

    Attributes:
        date: of the run, with its time.
        key: whose.
        kind: ``worse``, ``better``, ``other``, or ``regression`` of a gate.
        words: what.
    """

    date: str
    key: PanelKey
    kind: str
    words: str

    @property
    def page(self) -> str:
        """The page of its trends."""
        return trend_name(self.key)


class Cell(NamedTuple):
    """A model on a detector.

    Attributes:
        record: the latest run.
        reason: why it has its level, without the level's name.
        heat: strength of the colour, 0 to 4; None where there is no distance.
        distance: by which the column is sorted.
        scores: short names and values.
        trend: its page.
        runs: how many there are.
        worse: the latest change for the worse, if it is among the last runs; ''.
    """

    record: HistoryRecord
    reason: str
    heat: int | None
    distance: float | None
    scores: tuple[tuple[str, str], ...]
    trend: str
    runs: int
    worse: str


class Row(NamedTuple):
    """A model."""

    model: str
    swatch: Markup
    cells: tuple[Cell | None, ...]


class LeaderBoard(NamedTuple):
    """All models on all detectors, for one use.

    Attributes:
        use: its name.
        title: of the use.
        columns: detectors, each with the page that compares its models.
        rows: models, the best first.
        paretos: quality against time, where models were timed.
    """

    use: str
    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    paretos: tuple[Pareto, ...]


Leaders = tuple[LeaderBoard, ...]


def boards_of(panels: Sequence[Panel], changes: Mapping[PanelKey, Sequence[Change]]) -> Leaders:
    """A leaderboard per use.

    Args:
        panels: all of them.
        changes: of each.
    """
    uses = list(dict.fromkeys(panel.key.use for panel in panels))
    return tuple(
        _board([one for one in panels if one.key.use == use], changes) for use in sorted(uses)
    )


def recent(changes: Iterable[Change], most: int) -> list[Change]:
    """The latest changes, the newest first."""
    return sorted(changes, key=lambda one: (one.date, one.key), reverse=True)[:most]


def _board(panels: Sequence[Panel], changes: Mapping[PanelKey, Sequence[Change]]) -> LeaderBoard:
    use = panels[0].key.use
    detectors = sorted({panel.key.detector for panel in panels})
    by_model: dict[str, dict[str, Panel]] = {}
    for panel in panels:
        by_model.setdefault(panel.key.model, {})[panel.key.detector] = panel
    look = looks(sorted(by_model))
    rows = [
        Row(
            model,
            swatch(look[model]),
            tuple(
                _cell(panel_of[one], changes.get(panel_of[one].key, ()))
                if one in panel_of
                else None
                for one in detectors
            ),
        )
        for model, panel_of in by_model.items()
    ]
    return LeaderBoard(
        use,
        panels[0].latest.use_title,
        tuple((one, comparison_name((one, use))) for one in detectors),
        tuple(sorted(rows, key=_rank)),
        tuple(front for one in detectors if (front := pareto_of(one, panels)) is not None),
    )


def _rank(row: Row) -> tuple[float, float, str]:
    """The mean severity, then the mean distance; what has no verdict comes last."""
    cells = [cell for cell in row.cells if cell is not None]
    worst = max(level.severity for level in Level) + 1
    severities = [
        worst if cell.record.level is Level.NO_VERDICT else cell.record.level.severity
        for cell in cells
    ]
    distances = [cell.distance for cell in cells if cell.distance is not None]
    mean = sum(distances) / len(distances) if distances else float("inf")
    return sum(severities) / len(severities), mean, row.model


def _cell(panel: Panel, changes: Sequence[Change]) -> Cell:
    record = panel.latest
    distance = record.score(DISTANCE)
    scores = [
        (short, value_words(score))
        for name, short in _SHOWN.items()
        if (score := record.score(name)) is not None
    ]
    # As long as the latest runs of a panel show it; later it is in the trend.
    since = panel.records[-_LATEST:][0].created_utc
    worse = [one for one in changes if one.kind in ("worse", "regression") and one.date >= since]
    return Cell(
        record,
        record.sentence.partition(": ")[2] or record.sentence,
        None if distance is None else sum(distance.value >= bound for bound in BOUNDS),
        None if distance is None else distance.value,
        tuple(scores),
        trend_name(panel.key),
        len(panel.records),
        recent(worse, 1)[0].words if worse else "",
    )


_LATEST = 10
"""Runs within which a change for the worse is shown on the leaderboard."""
