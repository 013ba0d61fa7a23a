"""Di-photon curves against the true separation, and an event on the face of the calorimeter."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from calobench.benchmarks.diphoton.record import BinValue, CurveRecord, EventDisplay
from calobench.report.figures.axes import Array, add_axes, draw_steps, with_unit
from calobench.report.figures.style import GEANT4, INK, MODEL, MUTED

__all__ = ["MIN_EVENTS", "draw_curve", "draw_pair"]

Quantity = Literal["value", "spread"]

MIN_EVENTS = 5
"""A bin with fewer events than this is not drawn."""

_AXES = {
    "exactly_two": "efficiency",
    "at_least_two": "efficiency",
    "count": "photons found",
    "response": "found / incident energy",
    "fragments": "fraction of visible energy",
    "energy_sharing": "found / true \u2212 1",
    "position": "found \u2212 true",
    "separation": "found \u2212 true",
    "mass": "found \u2212 true",
}

_NOTHING = BinValue(n=0, value=None, low=None, high=None)

# The largest cell is drawn with this area, points squared.
_MAX_AREA = 220.0


def draw_curve(curve: CurveRecord, edges: Array, quantity: Quantity = "value") -> Figure:
    """One curve of both samples: bands of all seeds together, and short dashes for the single seeds.

    Args:
        curve: to draw.
        edges: of the bins, mm.
        quantity: ``spread`` for the resolution instead of the mean.
    """
    figure = Figure(figsize=(5.0, 3.4))
    axes = add_axes(figure, (0.17, 0.17, 0.8, 0.7))
    centres = 0.5 * (edges[1:] + edges[:-1])
    width = np.diff(edges)
    sides = (curve.reference, GEANT4, 0.35, 2.2), (curve.model, MODEL, 0.28, 1.0)
    for points, colour, alpha, _ in sides:
        _band(axes, edges, *_ends(points, quantity), colour, alpha)
    # The line beneath is wider, and is seen where both are one.
    for points, colour, _, line in sides:
        draw_steps(
            axes, _ends(points, quantity)[0], edges, baseline=None, color=colour, linewidth=line
        )
    if quantity == "value":
        # Beside each other, so that neither hides the other where the two agree.
        for shift, (points, colour, *_) in zip((-0.25, 0.25), sides, strict=True):
            x, y = _seeds(points, centres + shift * width)
            axes.plot(x, y, "_", color=colour, markersize=8, markeredgewidth=1.1, linestyle="none")
    if curve.direct is not None:
        value, low, high = _ends(curve.direct, quantity)
        _bars(axes, centres + 0.4 * width, value, low, high, MUTED, "s")
    axes.plot(centres, _ends(curve.model, quantity)[0], "o", color=MODEL, linestyle="none")
    axes.set_xlim(float(edges[0]), float(edges[-1]))
    axes.set_ylim(*_limits(curve, quantity))
    axes.set_xlabel("true separation [mm]")
    label = "standard deviation" if quantity == "spread" else _AXES.get(curve.name, curve.label)
    axes.set_ylabel(with_unit(label, curve.unit))
    axes.yaxis.set_major_locator(MaxNLocator(6))
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
        borderaxespad=0.3, columnspacing=1.2, handletextpad=0.6, fontsize=11,
    )  # fmt: skip
    return figure


def draw_pair(event: EventDisplay, reach_mm: float, largest_mev: float) -> Figure:
    """Cells on the face, their area the energy; crosses are true photons, rings the reconstructed ones.

    Args:
        event: to draw.
        reach_mm: half width of the picture, mm.
        largest_mev: energy of the largest circle, the same for all events.
    """
    figure = Figure(figsize=(3.4, 3.5))
    axes = add_axes(figure, (0.22, 0.16, 0.75, 0.75 * 3.4 / 3.5), aspect="equal")
    energy = np.array(event.energy_mev)
    y0, z0 = np.mean(event.true_y_mm), np.mean(event.true_z_mm)
    z, y = np.array(event.z_mm) - z0, np.array(event.y_mm) - y0
    colour = GEANT4 if event.source == "reference" else MODEL
    axes.scatter(z, y, s=_MAX_AREA * energy / largest_mev, color=colour, alpha=0.55, linewidths=0)
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
    return figure


def _ends(points: tuple[BinValue, ...], quantity: Quantity) -> tuple[Array, Array, Array]:
    points = tuple(p if p.n >= MIN_EVENTS else _NOTHING for p in points)
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


def _band(
    axes: Axes, edges: Array, value: Array, low: Array, high: Array, colour: str, alpha: float
) -> None:
    """From ``low`` to ``high`` in every bin that has both ends, of no height where all agree."""
    known = np.isfinite(low) & np.isfinite(high)
    low, high = np.where(known, low, value), np.where(known, high, value)
    draw_steps(axes, high, edges, baseline=low, fill=True, color=colour, alpha=alpha, linewidth=0)


def _limits(curve: CurveRecord, quantity: Quantity) -> tuple[float, float]:
    """Bands, seeds and bars with some air around."""
    drawn = [points for points in (curve.reference, curve.model, curve.direct) if points]
    numbers = [np.concatenate(_ends(points, quantity)) for points in drawn]
    if quantity == "value":
        numbers += [_seeds(points, np.zeros(len(points)))[1] for points in drawn]
    known = np.concatenate(numbers)
    known = known[np.isfinite(known)]
    if not known.size:
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    air = 0.06 * (high - low or abs(high) or 1.0)
    return low - air, high + air


def _seeds(points: tuple[BinValue, ...], centres: Array) -> tuple[Array, Array]:
    drawn = [(x, p) for x, p in zip(centres, points, strict=True) if p.n >= MIN_EVENTS]
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
