"""Di-photon curves against the true separation, and an event on the face of the calorimeter."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from calobench.report.figures.axes import Array, draw_minor_ticks, with_unit
from calobench.report.figures.style import GEANT4, INK, MODEL, MUTED
from calobench.results.diphoton import BinValue, CurveRecord, EventDisplay

__all__ = ["FEWEST", "draw_curve", "draw_pair"]

Quantity = Literal["value", "spread"]

FEWEST = 5
"""A bin with fewer events than this is not drawn."""

_AXES = {
    "exactly_two": "efficiency",
    "at_least_two": "efficiency",
    "count": "photons found",
    "response": "found / incident energy",
    "fragments": "share of visible energy",
    "energy_sharing": "found / true \u2212 1",
    "position": "found \u2212 true",
    "separation": "found \u2212 true",
    "mass": "found \u2212 true",
}

_NOTHING = BinValue(n=0, value=None, low=None, high=None)

# The largest cell is drawn with this area, points squared.
_LARGEST = 220.0


def draw_curve(curve: CurveRecord, edges: Array, quantity: Quantity = "value") -> Figure:
    """One curve of both samples; thin lines are the single seeds.

    Args:
        curve: to draw.
        edges: of the bins, mm.
        quantity: ``spread`` for the resolution instead of the mean.
    """
    figure = Figure(figsize=(5.0, 3.4))
    axes = figure.add_axes((0.17, 0.17, 0.8, 0.7))
    centres = 0.5 * (edges[1:] + edges[:-1])
    value, low, high = _ends(curve.reference, quantity)
    axes.stairs(high, edges, baseline=low, fill=True, color=GEANT4, alpha=0.4, linewidth=0)
    axes.stairs(value, edges, baseline=None, color=GEANT4, linewidth=1.2)
    width = edges[1] - edges[0]
    if quantity == "value":
        for shift, points, colour in ((-0.18, curve.reference, GEANT4), (0.18, curve.model, MODEL)):
            x, y = _seeds(points, centres + shift * width)
            axes.plot(x, y, "_", color=colour, markersize=5, linestyle="none")
    if curve.direct is not None:
        value, low, high = _ends(curve.direct, quantity)
        _bars(axes, centres + 0.3 * width, value, low, high, MUTED, "s")
    _bars(axes, centres, *_ends(curve.model, quantity), MODEL, "o")
    axes.set_xlim(float(edges[0]), float(edges[-1]))
    axes.set_xlabel("true separation [mm]")
    label = "standard deviation" if quantity == "spread" else _AXES.get(curve.name, curve.label)
    axes.set_ylabel(with_unit(label, curve.unit))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    draw_minor_ticks(axes)
    handles: list[Patch | Line2D] = [
        Patch(facecolor=GEANT4, alpha=0.4, edgecolor=GEANT4, label="Geant4"),
        Line2D([], [], color=MODEL, marker="o", label="model"),
    ]
    if curve.direct is not None:
        handles.append(
            Line2D([], [], color=MUTED, marker="s", label="Geant4, two photons in its own cells")
        )
    figure.legend(
        handles=handles, ncols=3, loc="lower right", bbox_to_anchor=(0.975, 0.88), borderpad=0,
        borderaxespad=0.3, columnspacing=1.2, handletextpad=0.6, fontsize=9.5,
    )  # fmt: skip
    return figure


def draw_pair(event: EventDisplay, reach_mm: float, largest_mev: float) -> Figure:
    """Cells on the face, their area the energy; crosses are true photons, rings the found ones.

    Args:
        event: to draw.
        reach_mm: half width of the picture, mm.
        largest_mev: energy of the largest circle, the same for all events.
    """
    figure = Figure(figsize=(3.4, 3.5))
    axes = figure.add_axes((0.19, 0.16, 0.78, 0.78), aspect="equal")
    energy = np.array(event.energy_mev)
    y0, z0 = np.mean(event.true_y_mm), np.mean(event.true_z_mm)
    z, y = np.array(event.z_mm) - z0, np.array(event.y_mm) - y0
    colour = GEANT4 if event.source == "reference" else MODEL
    axes.scatter(z, y, s=_LARGEST * energy / largest_mev, color=colour, alpha=0.55, linewidths=0)
    axes.plot(
        np.array(event.true_z_mm) - z0, np.array(event.true_y_mm) - y0, "x", color=INK, markersize=8
    )
    axes.plot(
        np.array(event.found_z_mm) - z0, np.array(event.found_y_mm) - y0, "o", color=INK,
        markersize=12, markerfacecolor="none",
    )  # fmt: skip
    axes.set_xlim(-reach_mm, reach_mm)
    axes.set_ylim(-reach_mm, reach_mm)
    axes.set_xlabel("along the beam [mm]")
    axes.set_ylabel("across [mm]")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
    draw_minor_ticks(axes)
    return figure


def _ends(points: tuple[BinValue, ...], quantity: Quantity) -> tuple[Array, Array, Array]:
    points = tuple(p if p.n >= FEWEST else _NOTHING for p in points)
    if quantity == "value":
        rows = [(p.value, p.low, p.high) for p in points]
    else:
        rows = [_around(p.spread, p.spread_error) for p in points]
    numbers = np.array([[np.nan if x is None else x for x in row] for row in rows], dtype=float)
    return numbers[:, 0], numbers[:, 1], numbers[:, 2]


def _around(
    value: float | None, error: float | None
) -> tuple[float | None, float | None, float | None]:
    if value is None or error is None:
        return (value, None, None)
    return (value, value - error, value + error)


def _seeds(points: tuple[BinValue, ...], centres: Array) -> tuple[Array, Array]:
    drawn = [(x, p) for x, p in zip(centres, points, strict=True) if p.n >= FEWEST]
    x = [centre for centre, p in drawn for _ in p.seeds]
    y = [value for _, p in drawn for value in p.seeds]
    return np.array(x), np.array(y)


def _bars(
    axes: Axes, x: Array, value: Array, low: Array, high: Array, colour: str, marker: str
) -> None:
    gap = np.full_like(x, np.nan)
    axes.plot(
        np.repeat(x, 3), np.stack([low, high, gap], axis=1).ravel(), color=colour, linewidth=1
    )
    axes.plot(x, value, marker, color=colour, linestyle="none")
