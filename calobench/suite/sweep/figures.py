"""Quality against evaluations, and against time."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from calobench.report.figures.axes import add_axes, log_axis
from calobench.report.figures.style import GEANT4, MODEL, MUTED
from calobench.suite.sweep.record import SweepPoint, SweepResults

__all__ = ["draw_against_evaluations", "draw_against_time"]

# Samplers share one colour: line and mark tell them apart, on paper too.
_LINES = ("-", "--", "-.", ":")
_MARKS = ("o", "s", "^", "D", "v", "P", "X")
_SIZE_IN = (5.0, 3.9)
# Scores that reach so many times beyond the null are drawn on a logarithmic axis outside of it.
_SPAN = 20
_SHORT_NAME = 14


def draw_against_evaluations(results: SweepResults, score: str) -> Figure | None:
    """A score against the number of network evaluations; None where no point has both."""
    return _draw(results, score, lambda point: point.nfe, "evaluations of the network")


def draw_against_time(results: SweepResults, score: str) -> Figure | None:
    """A score against the time of one shower, with Geant4's beside it; None where nothing was timed."""

    def time(point: SweepPoint) -> float | None:
        return None if point.time is None else point.time.median_ms

    figure = _draw(results, score, time, "time per shower [ms]")
    if figure is not None and results.geant4_ms is not None:
        axes = figure.axes[0]
        axes.axvline(results.geant4_ms[0], color=GEANT4, linewidth=1.2, label="time of Geant4")
        low, high = axes.get_xlim()
        axes.set_xlim(low, max(high, 1.5 * results.geant4_ms[0]))
        _legend(figure, axes)
    return figure


def _draw(
    results: SweepResults,
    score: str,
    place: Callable[[SweepPoint], float | None],
    label: str,
) -> Figure | None:
    shown = [
        point
        for point in results.points
        if place(point) is not None and point.score(score) is not None
    ]
    if not shown:
        return None
    figure = Figure(figsize=_SIZE_IN)
    axes = add_axes(figure, (0.15, 0.14, 0.82, 0.66))
    curves: dict[str, list[SweepPoint]] = {}
    for point in shown:
        curves.setdefault(point.sampler or point.name, []).append(point)
    title = ""
    for index, (name, points) in enumerate(curves.items()):
        marks = [
            (at, one)
            for point in points
            if (at := place(point)) is not None and (one := point.score(score)) is not None
        ]
        marks.sort(key=lambda mark: mark[0])
        title = marks[0][1].label
        axes.errorbar(
            [at for at, _ in marks],
            [one.value for _, one in marks],
            [one.error for _, one in marks],
            color=MODEL, linestyle=_LINES[index % len(_LINES)], marker=_MARKS[index % len(_MARKS)],
            markersize=4.5, linewidth=1.2, elinewidth=1, label=name,
        )  # fmt: skip
    # The null of a sample that is far off is wide, as labels are exchanged: the narrowest is Geant4's.
    low, high = min(
        (
            one.null_interval
            for point in shown
            if (one := point.score(score)) is not None and one.null_interval is not None
        ),
        key=lambda interval: interval[1] - interval[0],
    )
    axes.axhspan(low, high, color=MUTED, alpha=0.18, linewidth=0, label="agreeing")
    width, top = max(high, abs(low)), axes.get_ylim()[1]
    if top > _SPAN * width:
        axes.set_yscale("symlog", linthresh=width)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(-2 * width, 2 * top)
    log_axis(axes, "x")
    low, high = axes.get_xlim()
    axes.set_xlim(low / 1.1, high * 1.1)
    axes.set_xlabel(label, loc="right")
    axes.set_ylabel(title, loc="top")
    _legend(figure, axes)
    return figure


def _legend(figure: Figure, axes: Axes) -> None:
    figure.legends.clear()
    handles, labels = axes.get_legend_handles_labels()
    # Long names in three columns would be cut off.
    columns = 3 if max(map(len, labels)) <= _SHORT_NAME else 2
    figure.legend(
        handles, labels, ncols=columns, loc="upper left", bbox_to_anchor=(0.14, 1), borderaxespad=0.2,
        columnspacing=1.4, handletextpad=0.6,
    )  # fmt: skip
