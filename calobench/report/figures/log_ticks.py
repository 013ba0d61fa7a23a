"""Logarithmic axes that cover little: 1, 2, 5, 10, where powers of ten alone would be too few."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from calobench.report.figures.axes import log_axis

__all__ = ["number_ticks"]

_FEW_DECADES = 100.0


def number_ticks(axes: Axes) -> None:
    """Ticks for the limits that two logarithmic axes have now."""
    for which, axis, limits in (
        ("x", axes.xaxis, axes.get_xlim()),
        ("y", axes.yaxis, axes.get_ylim()),
    ):
        if limits[1] > _FEW_DECADES * limits[0]:
            log_axis(axes, which)
            continue
        axis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_locator(NullLocator())
