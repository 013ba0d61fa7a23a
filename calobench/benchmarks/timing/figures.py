"""The cost per shower against its incident energy: Geant4 and models."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calobench.benchmarks.timing.record import TimingResults, TimingRow
from calobench.report.figures.axes import add_axes, log_axis
from calobench.report.figures.style import GEANT4, MODEL

__all__ = ["draw_time_against_energy"]

# Models share one colour: the line and the mark tell them apart, on paper too.
_LINES = ("-", "--", "-.", ":")
_MARKS = ("o", "s", "^", "D", "v", "P")
_WIDTH_IN, _PLOT_IN, _FOOT_IN, _LINE_IN = 5.0, 3.1, 0.62, 0.24


def draw_time_against_energy(timing: TimingResults) -> Figure:
    """Milliseconds per shower: Geant4's grow with energy, a model's need not."""
    curves = _curves(timing)
    entries = len(curves) + (2 if timing.geant4 else 0)
    head = 0.15 + _LINE_IN * math.ceil(entries / 2)
    height = head + _PLOT_IN + _FOOT_IN
    figure = Figure(figsize=(_WIDTH_IN, height))
    axes = add_axes(figure, (0.16, _FOOT_IN / height, 0.81, _PLOT_IN / height))
    _draw_geant4(axes, timing)
    for index, (label, rows) in enumerate(curves.items()):
        x = np.array([row.energy_mev for row in rows]) / 1e3
        times = [row.time for row in rows if row.time is not None]
        y, error = (
            np.array([getattr(time, name) for time in times]) for name in ("median_ms", "error_ms")
        )
        axes.errorbar(
            x, y, error, color=MODEL, linestyle=_LINES[index % len(_LINES)],
            marker=_MARKS[index % len(_MARKS)], markersize=4.5, linewidth=1.2, elinewidth=1,
            label=label,
        )  # fmt: skip
    _set_axes(axes, timing)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, ncols=2, loc="upper left", bbox_to_anchor=(0.15, 1), borderaxespad=0.2,
        columnspacing=1.4, handletextpad=0.6,
    )  # fmt: skip
    return figure


def _curves(timing: TimingResults) -> dict[str, list[TimingRow]]:
    """Measured rows of the smallest batch, by model and device, ascending in energy."""
    smallest = min((row.batch_size for row in timing.rows), default=1)
    devices = {row.device for row in timing.rows}
    curves: dict[str, list[TimingRow]] = {}
    for row in sorted(timing.rows, key=lambda row: row.energy_mev):
        if row.time is not None and row.batch_size == smallest:
            label = row.model if len(devices) == 1 else f"{row.model}, {row.device}"
            curves.setdefault(label, []).append(row)
    return dict(sorted(curves.items()))


def _draw_geant4(axes: Axes, timing: TimingResults) -> None:
    if timing.geant4 is None:
        return
    for callbacks, line, label in ((False, "-", "Geant4"), (True, ":", "Geant4, Python callbacks")):
        own = [entry for entry in timing.geant4.energies if entry.callbacks is callbacks]
        own.sort(key=lambda entry: entry.energy_mev)
        axes.errorbar(
            [entry.energy_mev / 1e3 for entry in own],
            [entry.mean_ms for entry in own],
            [entry.error_ms for entry in own],
            color=GEANT4, linestyle=line, marker="o", markersize=3.6, elinewidth=1, label=label,
        )  # fmt: skip


def _set_axes(axes: Axes, timing: TimingResults) -> None:
    energies = [energy / 1e3 for energy in timing.settings.energies_mev]
    log_axis(axes, "x")
    log_axis(axes, "y")
    axes.set_xlim(min(energies) / 1.3, max(energies) * 1.3)
    low, high = axes.get_ylim()
    axes.set_ylim(low / 1.5, high * 1.5)
    axes.set_xlabel("incident energy [GeV]", loc="right")
    axes.set_ylabel("time per shower [ms]", loc="top")
