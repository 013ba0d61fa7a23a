"""A map of energy and angle: what differs most in each region."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from calobench.report.figures.axes import add_axes
from calobench.report.figures.diverging import colours, draw_ramp
from calobench.report.figures.style import INK
from calobench.report.regions import Regions

__all__ = ["draw_regions"]

_REACH = 5.0
_LONGEST_LABEL = 18


def draw_regions(found: Regions) -> Figure:
    """Regions of energy (across) and angle (upwards) with the observable and its pull."""
    across, up = found.shape
    figure = Figure(figsize=(5.6, 0.62 * up + 1.55))
    tall = figure.get_figheight()
    axes = add_axes(figure, (0.19, 1.15 / tall, 0.79, 0.62 * up / tall))
    values = np.full((up, across), np.nan)
    for cell in found.cells:
        values[cell.theta, cell.energy] = cell.sign * cell.pull
    axes.imshow(colours(values, _REACH), origin="lower", aspect="auto", interpolation="none")
    for cell in found.cells:
        sign = "+" if cell.sign > 0 else "−"
        name = cell.label if len(cell.label) <= _LONGEST_LABEL else f"{cell.label[:17]}…"
        for words, shift in ((name, 0.18), (f"{sign}{cell.pull:.1f}", -0.2)):
            axes.text(
                cell.energy,
                cell.theta + shift,
                words,
                ha="center",
                va="center",
                fontsize=9.5,
                color=INK,
            )
    axes.tick_params(which="both", length=0, labelsize=9.5)
    names = {(c.energy, c.theta): c.words.split(", ") for c in found.cells}
    x = [next((n[0] for (e, _), n in names.items() if e == k), "") for k in range(across)]
    y = [next((n[-1] for (_, t), n in names.items() if t == k), "") for k in range(up)]
    axes.set_xticks(range(across), x)
    axes.set_yticks(range(up), y)
    draw_ramp(
        figure, (0.19, 0.44 / tall, 0.79, 0.12 / tall), _REACH, "(model − Geant4) / error, largest"
    )
    return figure
