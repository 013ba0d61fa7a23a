"""The field at a glance: time against network evaluations, and quality against time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calobench.benchmarks.timing.record import TimingResults, TimingRow
from calobench.report.figures.axes import add_axes, log_axis
from calobench.report.figures.style import GEANT4, INK, MODEL, MUTED
from calobench.stats.pareto import front_of

__all__ = [
    "draw_pareto",
    "draw_time_against_nfe",
    "pareto_front",
    "quality_points",
    "rows_with_nfe",
]

_GPU_MARK, _CPU_MARK = "s", "o"


class QualityPoint(NamedTuple):
    """A model on a device: how long it takes and how far it is from Geant4.

    Attributes:
        label: model, with the device where there are several.
        device: where it ran.
        time_ms: median time per shower, best batch.
        distance: mean Wasserstein-1 over null.
    """

    label: str
    device: str
    time_ms: float
    distance: float


def rows_with_nfe(timing: TimingResults) -> list[TimingRow]:
    """Measured rows at the main energy whose models count their evaluations."""
    main = timing.settings.main_energy_mev
    return [row for row in timing.rows if row.nfe and row.time and row.energy_mev == main]


def draw_time_against_nfe(timing: TimingResults) -> Figure:
    """Every batch size at the main energy; filled marks are the smallest batch."""
    figure, axes = _panel()
    rows = rows_with_nfe(timing)
    smallest = min(row.batch_size for row in rows)
    for row in rows:
        if row.time is None or row.nfe is None:
            continue
        axes.errorbar(
            row.nfe, row.time.median_ms, row.time.error_ms, color=MODEL, elinewidth=1,
            marker=_mark(row.device), markersize=5.5,
            markerfacecolor=MODEL if row.batch_size == smallest else "none",
        )  # fmt: skip
    _widen(axes, [float(row.nfe or 1) for row in rows], [_median(row) for row in rows])
    named = {row.model: row for row in sorted(rows, key=_median)}  # the slowest row of each
    for model, row in named.items():
        _name(axes, model, float(row.nfe or 1), _median(row))
    axes.set_xlabel("network evaluations per shower, NFE", loc="right")
    axes.set_ylabel("time per shower [ms]", loc="top")
    return figure


def quality_points(timing: TimingResults) -> list[QualityPoint]:
    """The timed models whose quality is known, each with its best batch."""
    known = {one.model: one.wasserstein_over_null for one in timing.quality}
    devices = {row.device for row in timing.rows}
    return [
        QualityPoint(
            row.model if len(devices) == 1 else f"{row.model}, {row.device}",
            row.device,
            row.time.median_ms,
            known[row.model],
        )
        for row in timing.rows
        if row.time is not None and "throughput" in row.scenarios and row.model in known
    ]


def pareto_front(points: Sequence[QualityPoint]) -> list[QualityPoint]:
    """The points that no other beats in both time and distance, by ascending time."""
    return front_of(points, lambda point: (point.time_ms, point.distance))


def draw_pareto(timing: TimingResults) -> Figure:
    """Distance from Geant4 against time, best batch; the front is joined, best is bottom left."""
    figure, axes = _panel()
    points = quality_points(timing)
    front = pareto_front(points)
    axes.step(
        [point.time_ms for point in front], [point.distance for point in front], where="post",
        color=MUTED, linewidth=1,
    )  # fmt: skip
    for point in points:
        axes.plot(
            point.time_ms, point.distance, _mark(point.device), color=MODEL, markersize=6,
            markerfacecolor=MODEL if point in front else "none",
        )  # fmt: skip
    x, y = [point.time_ms for point in points], [point.distance for point in points]
    geant4 = _geant4_ms(timing)
    _widen(axes, [*x, *([geant4] if geant4 else [])], [*y, 1.0])
    for point in points:
        _name(axes, point.label, point.time_ms, point.distance)
    axes.axhline(1, color=INK, linewidth=0.8)
    if geant4:
        axes.axvline(geant4, color=GEANT4, linewidth=1.2, linestyle="--")
        axes.text(geant4, 0.97, "Geant4 ", ha="right", va="top", color=MUTED, fontsize=11,
                  transform=axes.get_xaxis_transform())  # fmt: skip
    axes.set_xlabel("time per shower, best batch [ms]", loc="right")
    axes.set_ylabel("mean W₁ / 95 % null", loc="top")
    return figure


def _panel() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5.0, 3.9))
    axes = add_axes(figure, (0.16, 0.16, 0.81, 0.8))
    log_axis(axes, "x")
    log_axis(axes, "y")
    return figure, axes


def _widen(axes: Axes, x: Sequence[float], y: Sequence[float]) -> None:
    """Limits with room for the names, a quarter of the range or a factor of two; ticks to suit."""
    for values, setter in ((x, axes.set_xlim), (y, axes.set_ylim)):
        low, high = np.log10(min(values)), np.log10(max(values))
        room = max(0.25 * (high - low), 0.3)
        setter(float(10 ** (low - room)), float(10 ** (high + room)))


def _name(axes: Axes, label: str, x: float, y: float) -> None:
    """Beside the point, on the side where there is room."""
    low, high = np.log10(axes.get_xlim())
    right = np.log10(x) < 0.5 * (low + high)
    axes.annotate(
        label, (x, y), xytext=(6 if right else -6, 3), textcoords="offset points",
        ha="left" if right else "right", va="bottom", fontsize=11,
    )  # fmt: skip


def _mark(device: str) -> str:
    return _CPU_MARK if device == "cpu" else _GPU_MARK


def _median(row: TimingRow) -> float:
    return row.time.median_ms if row.time else 0.0


def _geant4_ms(timing: TimingResults) -> float | None:
    main = timing.settings.main_energy_mev
    entries = timing.geant4.energies if timing.geant4 else ()
    return next((e.mean_ms for e in entries if e.energy_mev == main and not e.callbacks), None)
