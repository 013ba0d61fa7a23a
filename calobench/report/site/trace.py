"""A trend as a small figure: places of points, bars, levels and marks; the template draws them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from calobench.history.trends import WINDOW, Point, Series
from calobench.report.history_words import shift_words, value_words
from calobench.report.site.axis import Axis, Tick, fitted
from calobench.report.text import counted

__all__ = ["HEIGHT", "WIDTH", "Dot", "Trace", "trace_of"]

WIDTH, HEIGHT = 460, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 14, 26


class Dot(NamedTuple):
    """A run.

    Attributes:
        x: place.
        y: place.
        words: what it is.
        regression: whether a gate called it one.
        baseline: whether a gate held a later run against it.
    """

    x: float
    y: float
    words: str
    regression: bool
    baseline: bool


class Level(NamedTuple):
    """A mean over a stretch: from ``x`` to ``end`` at ``y``."""

    x: float
    end: float
    y: float


class Trace(NamedTuple):
    """Everything that is drawn of a series.

    Attributes:
        series: what it shows.
        summary: the same in words, for those who do not see it.
        dots: the runs.
        bars: the errors, as a path.
        ticks: of the vertical axis.
        dates: of the horizontal axis.
        levels: means before and after changes.
        shifts: places and words of changes.
        breaks: places between runs that cannot be compared.
        geant4: place of a model that is as Geant4; None: outside, or there is none.
        baseline: place of the baseline's value; None: not in the history.
        changes: changes in words.
    """

    series: Series
    summary: str
    dots: tuple[Dot, ...]
    bars: str
    ticks: list[Tick]
    dates: list[Tick]
    levels: tuple[Level, ...]
    shifts: tuple[tuple[float, str], ...]
    breaks: tuple[float, ...]
    geant4: float | None
    baseline: float | None
    changes: tuple[str, ...]


def trace_of(series: Series, baselines: Collection[int]) -> Trace:
    """The figure of a score: its latest runs.

    Args:
        series: of one score.
        baselines: positions of runs that a gate held others against.
    """
    points = series.points[-WINDOW:]
    first, last = points[0].position, points[-1].position
    x = Axis(first - 0.5, last + 0.5, _LEFT, WIDTH - _RIGHT)
    ends = [one.score.value + sign * (one.score.error or 0.0) for one in points for sign in (-1, 1)]
    y = fitted(ends, HEIGHT - _BOTTOM, _TOP)
    dots = tuple(_dot(one, x, y, baseline=one.position in baselines) for one in points)
    changes = tuple(shift_words(series.score, shift) for shift in series.shifts)
    shown = [
        (shift, words)
        for shift, words in zip(series.shifts, changes, strict=True)
        if shift.position > first
    ]
    agrees = series.score.agrees
    latest_baseline = [dot.y for dot in dots if dot.baseline]
    return Trace(
        series,
        _summary(series, changes),
        dots,
        "".join(_bar(one, x, y) for one in points if one.score.error),
        y.ticks(),
        _dates(points, x),
        tuple(_levels(series, first, last, x, y)),
        tuple((x.place(shift.position - 0.5), words) for shift, words in shown),
        tuple(x.place(one - 0.5) for one in series.breaks if one > first),
        y.place(agrees) if agrees is not None and y.holds(agrees) else None,
        latest_baseline[-1] if latest_baseline else None,
        changes,
    )


def _dot(point: Point, x: Axis, y: Axis, *, baseline: bool) -> Dot:
    record = point.record
    gate = "" if record.gate is None else f", gate: {record.gate.verdict}"
    note = f", {record.note}" if record.note else ""
    words = f"{record.created_utc[:10]}: {value_words(point.score)}{gate}{note}"
    regression = record.gate is not None and record.gate.verdict == "REGRESSION"
    return Dot(x.place(point.position), y.place(point.score.value), words, regression, baseline)


def _bar(point: Point, x: Axis, y: Axis) -> str:
    value, error = point.score.value, point.score.error or 0.0
    return f"M{x.place(point.position):g} {y.place(value - error):g}V{y.place(value + error):g}"


def _dates(points: tuple[Point, ...], x: Axis) -> list[Tick]:
    ends = (points[0], points[-1]) if len(points) > 1 else points[:1]
    return [Tick(x.place(one.position), one.record.created_utc[:10]) for one in ends]


def _levels(series: Series, first: int, last: int, x: Axis, y: Axis) -> list[Level]:
    """The means that each change was told of; a stretch ends where the next change begins."""
    levels = []
    starts = [shift.position for shift in series.shifts]
    for index, shift in enumerate(series.shifts):
        begin = max(starts[index - 1] if index else first, first)
        end = starts[index + 1] if index + 1 < len(starts) else last + 1
        if shift.position > first:
            if index == 0:
                here = x.place(shift.position - 0.5)
                levels.append(Level(x.place(begin - 0.5), here, y.place(shift.before[0])))
            levels.append(
                Level(x.place(shift.position - 0.5), x.place(end - 0.5), y.place(shift.after[0]))
            )
    return levels


def _summary(series: Series, changes: tuple[str, ...]) -> str:
    runs = counted(len(series.points), "run")
    latest = value_words(series.points[-1].score)
    told = [f"Change {one}." for one in changes] or ["No change is seen."]
    return " ".join([f"{series.score.label}: {runs}, the latest {latest}.", *told])
