"""Trends: each main score of a model on a detector over time, and where it changes.

Only runs that measure the same are held against each other: of one geometry, one reference, the same
numbers of showers on both sides, and, of a benchmark's score, one setup. The levels of all tests of a
model on a detector add up to ``ALPHA``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from calobench.history.record import HistoryRecord
from calobench.results.main_score import MainScore
from calobench.stats.change_points import change_points

__all__ = [
    "ALPHA",
    "WINDOW",
    "Panel",
    "PanelKey",
    "Point",
    "Series",
    "Shift",
    "panels_of",
    "series_of",
]

ALPHA = 0.01
"""False-alarm rate of all scores of a model on a detector, at one look."""

WINDOW = 250
"""Runs that are tested, the latest: what is older was tested before."""

Direction = Literal["worse", "better", "other"]


class PanelKey(NamedTuple):
    """Key of the trends."""

    model: str
    detector: str
    use: str


class Panel(NamedTuple):
    """All runs of a model on a detector for a use.

    Attributes:
        key: of the panel.
        records: in order of time.
    """

    key: PanelKey
    records: tuple[HistoryRecord, ...]

    @property
    def baselines(self) -> frozenset[int]:
        """Positions of runs that a gate held another run of the panel against."""
        sides = [one.gate.baseline for one in self.records if one.gate and one.gate.baseline]
        known = {
            (one.model, one.detector, one.n, one.seed, one.created_utc): position
            for position, one in enumerate(self.records)
        }
        positions = {
            known.get((one.model, one.detector, one.n, one.seed, one.created_utc)) for one in sides
        }
        return frozenset(position for position in positions if position is not None)

    @property
    def latest(self) -> HistoryRecord:
        """The last run."""
        return self.records[-1]


class Point(NamedTuple):
    """A score of a run.

    Attributes:
        position: of the run among those of the panel.
        record: of the run.
        score: with its error.
    """

    position: int
    record: HistoryRecord
    score: MainScore


class Shift(NamedTuple):
    """A change of a score.

    Attributes:
        position: of the first run after it, among those of the panel.
        record: that run.
        before: mean of the comparable runs before it, with its error.
        after: of those from it on.
        p_value: for all scores of the panel together.
        direction: whether the model is farther from Geant4 after it, or nearer; ``other`` for neither.
    """

    position: int
    record: HistoryRecord
    before: tuple[float, float]
    after: tuple[float, float]
    p_value: float
    direction: Direction


class Series(NamedTuple):
    """One score over time.

    Attributes:
        score: the latest, for its label and unit.
        points: in order of time.
        shifts: changes, in order of time.
        breaks: positions of runs that cannot be held against the one before.
    """

    score: MainScore
    points: tuple[Point, ...]
    shifts: tuple[Shift, ...]
    breaks: tuple[int, ...]


def panels_of(records: Sequence[HistoryRecord]) -> tuple[Panel, ...]:
    """Runs by model, detector and use.

    Args:
        records: in order of time.
    """
    groups: dict[PanelKey, list[HistoryRecord]] = {}
    for one in records:
        groups.setdefault(PanelKey(one.model, one.detector, one.use), []).append(one)
    return tuple(Panel(key, tuple(groups[key])) for key in sorted(groups))


def series_of(panel: Panel) -> tuple[Series, ...]:
    """Every main score of a panel, in the order of the latest runs that have it."""
    latest: dict[str, MainScore] = {}
    for record in reversed(panel.records):
        for score in record.scores:
            latest.setdefault(score.name, score)
    return tuple(_series(panel, score, len(latest)) for score in latest.values())


def _series(panel: Panel, latest: MainScore, tests: int) -> Series:
    points = tuple(
        Point(position, record, score)
        for position, record in enumerate(panel.records)
        if (score := record.score(latest.name)) is not None
    )
    groups: dict[tuple[object, ...], list[Point]] = {}
    for point in points:
        groups.setdefault(_setup(point), []).append(point)
    shifts = [shift for group in groups.values() for shift in _shifts(group, tests)]
    breaks = tuple(
        after.position
        for before, after in itertools.pairwise(points)
        if _setup(before) != _setup(after)
    )
    return Series(latest, points, tuple(sorted(shifts, key=lambda one: one.position)), breaks)


def _setup(point: Point) -> tuple[object, ...]:
    """The settings that must be the same for two values to be compared."""
    one = point.record
    return one.geometry_hash, one.reference, one.n, one.n_reference, point.score.setup


def _shifts(group: Sequence[Point], tests: int) -> Iterator[Shift]:
    # Without an error it is not known what chance does.
    tested = [one for one in group if one.score.error][-WINDOW:]
    values = np.array([one.score.value for one in tested])
    errors = np.array([one.score.error for one in tested], dtype=np.float64)
    for change in change_points(values, errors, ALPHA / tests):
        first = tested[change.first]
        yield Shift(
            first.position,
            first.record,
            change.before,
            change.after,
            min(1.0, tests * change.p_value),
            _direction(first.score, change.before[0], change.after[0]),
        )


def _direction(score: MainScore, before: float, after: float) -> Direction:
    step = score.distance(after) - score.distance(before)
    if step == 0:
        return "other"
    return "worse" if step > 0 else "better"
