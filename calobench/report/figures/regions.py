"""A map of energy and angle: what differs most in each region."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
from matplotlib.figure import Figure

from calobench.report.figures.axes import add_axes
from calobench.report.figures.diverging import colours, draw_ramp
from calobench.report.figures.style import INK
from calobench.report.regions import Regions

__all__ = ["draw_regions"]

_REACH = 5.0
# Letters that a region is wide, and its height in inches.
_LINE, _ROW_IN = 14, 0.72


def draw_regions(regions: Regions) -> Figure:
    """Regions of energy (across) and angle (upwards) with the observable and its pull."""
    across, up = regions.shape
    figure = Figure(figsize=(5.6, _ROW_IN * up + 1.55))
    tall = figure.get_figheight()
    axes = add_axes(figure, (0.19, 1.15 / tall, 0.79, _ROW_IN * up / tall))
    values = np.full((up, across), np.nan)
    for cell in regions.cells:
        values[cell.theta, cell.energy] = cell.sign * cell.pull
    axes.imshow(colours(values, _REACH), origin="lower", aspect="auto", interpolation="none")
    for cell in regions.cells:
        sign = "+" if cell.sign > 0 else "−"
        name = "\n".join(wrap(cell.label, _LINE, max_lines=2, placeholder="…"))
        for words, shift in ((name, 0.17), (f"{sign}{cell.pull:.1f}", -0.32)):
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
    names = {(c.energy, c.theta): c.words.split(", ") for c in regions.cells}
    x = [next((n[0] for (e, _), n in names.items() if e == k), "") for k in range(across)]
    y = [next((n[-1] for (_, t), n in names.items() if t == k), "") for k in range(up)]
    axes.set_xticks(range(across), x)
    axes.set_yticks(range(up), y)
    draw_ramp(
        figure, (0.19, 0.44 / tall, 0.79, 0.12 / tall), _REACH, "(model − Geant4) / error, largest"
    )
    return figure
