"""Bins of an axis, with those of what lies outside."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

from calobench.report.figures.axes import Array, Panels, log_axis, shade, write
from calobench.report.figures.style import INK, MUTED

__all__ = ["Bins"]


class Bins:
    """Bins of an axis, with an extra one at an end where something lies outside.

    Attributes:
        edges: of all bins drawn.
        log: whether the axis is logarithmic.
    """

    def __init__(self, edges: Array, *, flow: bool, under: bool, over: bool, log: bool) -> None:
        positive = bool(edges[0] > 0)
        self.log = log and positive
        self.under = flow and under
        self.over = flow and over
        self._keep = slice(int(flow and not under), -1 if flow and not over else None)
        self.edges = self._extend(edges)

    def _extend(self, edges: Array) -> Array:
        scaled = np.log(edges) if self.log else edges
        extra = 0.05 * (scaled[-1] - scaled[0])
        low = [scaled[0] - extra] if self.under else []
        high = [scaled[-1] + extra] if self.over else []
        extended = np.concatenate([low, scaled, high])
        return np.exp(extended) if self.log else extended

    @property
    def centres(self) -> Array:
        """Of the bins, in the middle of what is drawn."""
        low, high = self.edges[:-1], self.edges[1:]
        return np.sqrt(low * high) if self.log else 0.5 * (low + high)

    def select(self, values: Array) -> Array:
        """Of all stored bins those that are drawn."""
        return values[self._keep]

    def mark(self, main: Panels, ratio: Panels) -> None:
        """Set the limits and shade the bins of what lies outside, with a word and an arrow."""
        if self.log:
            log_axis(main, "x")
        else:
            main.xaxis.set_major_locator(MaxNLocator(5))
        main.set_xlim(float(self.edges[0]), float(self.edges[-1]))
        ends = [(0, 1, "◂ under")] if self.under else []
        ends += [(-2, -1, "over ▸")] if self.over else []
        for low, high, word in ends:
            left, right = float(self.edges[low]), float(self.edges[high])
            for axes in (main, ratio):
                shade(axes, left, right, color=INK, alpha=0.08)
            centre = self.centres[0 if low == 0 else -1]
            write(
                main, centre, 0.97, word, data_x=True, rotation=90, ha="center", va="top",
                fontsize=11, color=MUTED,
            )  # fmt: skip
