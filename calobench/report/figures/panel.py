"""Panels that are written as SVG at once, for the many figures of a page that are all of one kind.

They take what the plot kinds ask of matplotlib's axes, a small part of it, and nothing else: limits, steps,
lines, points, words. Two panels of matplotlib take thirty times as long to make and to draw.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.ticker import Locator, MaxNLocator
from numpy.typing import NDArray

from calobench.report.figures.style import INK, TICKS
from calobench.report.figures.svg_shapes import path_of, signs_at
from calobench.report.figures.svg_words import fitted, width_of, words
from calobench.report.figures.ticks import LogTicks, Thousands, minor_ticks, power_of_ten, titled

__all__ = ["Panel", "PanelFigure"]

Array = NDArray[np.float64]

_PAD_PT = 4.0


class Axis:
    """One axis: limits, scale, and where its ticks are."""

    def __init__(self, start: float, length: float) -> None:
        self.start, self.length = start, length
        self.low, self.high, self.log = 0.0, 1.0, False
        self.locator: Locator = MaxNLocator(5)
        self.title = ""

    def set_major_locator(self, locator: Locator) -> None:
        """Positions of ticks."""
        self.locator = locator

    def places(self, values: Any) -> Array:
        """In points of the figure, (...); NaN for what a logarithm has not."""
        low, high, at = self.low, self.high, np.asarray(values, dtype=np.float64)
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                low, high, at = np.log10(low), np.log10(high), np.log10(at)
        return np.asarray(self.start + self.length * (at - low) / (high - low))

    def ticks(self) -> tuple[Array, list[str], str]:
        """Values of the major ticks within the limits, their labels, and the power of ten left out."""
        low, high = sorted((self.low, self.high))
        values = np.asarray(self.locator.tick_values(low, high), dtype=np.float64)
        if self.log:
            labels, power = [power_of_ten(value) for value in values.tolist()], ""
        else:
            numbers = Thousands()
            labels, power = numbers.format_ticks(values.tolist()), numbers.get_offset()
        places, ends = self.places(values), self.places([self.low, self.high])
        inside = (places >= ends.min() - 0.5) & (places <= ends.max() + 0.5)
        return values[inside], [w for w, kept in zip(labels, inside, strict=True) if kept], power


class Box(NamedTuple):
    """A panel in its figure, pt, y downwards."""

    left: float
    top: float
    width: float
    height: float


class Panel:
    """One panel; what is drawn waits until its limits are known.

    Args:
        box: its place.
        above: the panel whose horizontal axis it has; None for the topmost.
    """

    def __init__(self, box: Box, above: Panel | None = None) -> None:
        self.box = box
        self.xaxis: Axis = Axis(box.left, box.width) if above is None else above.xaxis
        self.yaxis = Axis(box.top + box.height, -box.height)
        self.labels_below, self.ticks_above, self.topmost = True, True, above is None
        self.x_title, self.y_title, self.y_centred = "", "", False
        self._waiting: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def set_xlim(self, low: float, high: float) -> None:
        """Of this panel and of those that share the axis."""
        self.xaxis.low, self.xaxis.high = low, high

    def set_ylim(self, low: float, high: float) -> None:
        """Of this panel."""
        self.yaxis.low, self.yaxis.high = low, high

    def get_xlim(self) -> tuple[float, float]:
        """As set."""
        return self.xaxis.low, self.xaxis.high

    def get_ylim(self) -> tuple[float, float]:
        """As set."""
        return self.yaxis.low, self.yaxis.high

    def set_xlabel(self, title: str) -> None:
        """Below the panel, on the right."""
        self.x_title = title

    def set_ylabel(self, title: str, loc: str = "top") -> None:
        """Beside the panel."""
        self.y_title, self.y_centred = title, loc == "center"

    def make_log(self, which: str) -> None:
        """Make an axis logarithmic."""
        axis = self.xaxis if which == "x" else self.yaxis
        axis.log, axis.locator = True, LogTicks()

    def put(self, kind: str, *values: Any, **style: Any) -> None:
        """Draw ``steps``, a ``line``, a ``shade`` or ``words`` when the limits are known."""
        self._waiting.append((kind, values, style))

    def elements(self, clip: str) -> list[str]:
        """Draw the content of the panel, then its frame, ticks and titles.

        Args:
            clip: the attribute that keeps elements inside.
        """
        drawn: list[str] = []
        written: list[str] = []
        for kind, values, style in self._waiting:
            if kind == "words":
                written.append(self._words(*values, **style))
            else:
                drawn += getattr(self, f"_{kind}")(*values, **style)
        inside = f"<g{clip}>{''.join(drawn)}</g>" if drawn else ""
        return [inside, *self._frame(), *written]

    def _steps(
        self, values: Array, edges: Array, baseline: Any = 0, fill: bool = False, **style: Any
    ) -> list[str]:
        x = np.repeat(self.xaxis.places(edges), 2)[1:-1]
        y = np.repeat(self.yaxis.places(values), 2)
        if baseline is not None:
            low = self.yaxis.places(baseline) * np.ones(len(values))
            ends = (x[::-1], np.repeat(low, 2)[::-1]) if fill else (x[[-1]], low[[-1]])
            start = ([], []) if fill else (x[:1], low[:1])
            x = np.concatenate([start[0], x, ends[0]])
            y = np.concatenate([start[1], y, ends[1]])
        return path_of(x, y, fill=fill, **style)

    def _line(
        self, x: Array, y: Array, marker: str = "", markersize: float = 3.6, **style: Any
    ) -> list[str]:
        at, up = self.xaxis.places(x), self.yaxis.places(y)
        drawn = [] if style.get("linestyle") == "none" else path_of(at, up, fill=False, **style)
        return [*drawn, *signs_at(at, up, marker, markersize, style["color"])] if marker else drawn

    def _shade(self, left: float, right: float, color: str, alpha: float) -> list[str]:
        ends, box = self.xaxis.places([left, right, right, left]), self.box
        y = box.top + np.array([0.0, 0.0, box.height, box.height])
        return path_of(ends, y, fill=True, color=color, alpha=alpha)

    def _tick(self, x: float) -> list[str]:
        at = float(self.xaxis.places(x))
        style = f"stroke:{INK};stroke-width:{TICKS['width']:g}"
        return [
            f'<path d="M{at:.1f} {self.box.top:g}v{0.03 * self.box.height:.1f}" style="{style}"/>'
        ]

    def _words(
        self, x: float, y: float, text: str, *, data_x: bool, up_pt: float = 0.0, ha: str = "left",
        va: str = "bottom", rotation: float = 0.0, fontsize: float = 11.0, color: str = INK,
    ) -> str:  # fmt: skip
        box = self.box
        at = float(self.xaxis.places(x)) if data_x else box.left + x * box.width
        if rotation:
            # Upright words are held at their end where they hang, and their middle is beside the foot.
            at, ha, va = at + 0.36 * fontsize, {"top": "right", "bottom": "left"}[va], ""
        return words(
            at, box.top + (1 - y) * box.height - up_pt, text, ha=ha, va=va, rotation=rotation,
            size=fontsize, color=color,
        )  # fmt: skip

    def _frame(self) -> list[str]:
        box, length = self.box, TICKS["major"]
        right, foot = box.left + box.width, box.top + box.height
        path = [f"M{box.left:g} {box.top:g}H{right:g}V{foot:g}H{box.left:g}z"]
        (x_values, x_labels, _), (y_values, y_labels, power) = (
            self.xaxis.ticks(),
            self.yaxis.ticks(),
        )
        for axis, values in ((self.xaxis, x_values), (self.yaxis, y_values)):
            minor = minor_ticks(axis.locator, values, axis.low, axis.high, log=axis.log)
            for ticks, size in ((values, length), (minor, length / 2)):
                for at in axis.places(ticks).round(1).tolist():
                    if axis is self.xaxis:
                        path.append(f"M{at:g} {foot:g}v{-size:g}")
                        path += [f"M{at:g} {box.top:g}v{size:g}"] if self.ticks_above else []
                    else:
                        path.append(f"M{box.left:g} {at:g}h{size:g}M{right:g} {at:g}h{-size:g}")
        drawn = [
            f'<path d="{"".join(path)}" style="fill:none;stroke:{INK};stroke-width:{TICKS["width"]:g}"/>'
        ]
        size, reach = TICKS["label"], 0.0
        for at, label in zip(self.yaxis.places(y_values).tolist(), y_labels, strict=True):
            drawn.append(words(box.left - TICKS["pad"], at + 0.36 * size, label, ha="right", va=""))
            reach = max(reach, width_of(label, size))
        drawn += self._y_title(power, reach + TICKS["pad"])
        if self.labels_below:
            place = foot + TICKS["pad"] + 0.78 * size
            for at, label in zip(self.xaxis.places(x_values).tolist(), x_labels, strict=True):
                drawn.append(words(at, place, label, ha="center", va=""))
            drawn += self._x_title(foot + TICKS["pad"] + size + _PAD_PT)
        return drawn

    def _x_title(self, top: float) -> list[str]:
        if not self.x_title:
            return []
        *_, power = self.xaxis.ticks()
        right = self.box.left + self.box.width
        lines, size = fitted(titled(self.x_title, power), 0.97 * right)
        return [words(right, top, "\n".join(lines), ha="right", va="top", size=size)]

    def _y_title(self, power: str, taken: float) -> list[str]:
        if not self.y_title:
            return []
        box = self.box
        room = box.height + (box.top if self.topmost else 0.0)
        lines, size = fitted(titled(self.y_title, power), room)
        x = box.left - taken - _PAD_PT - 1.2 * size * (len(lines) - 1)
        y, ha = (box.top + box.height / 2, "center") if self.y_centred else (box.top, "right")
        drawn = []
        for row, line in enumerate(lines):
            drawn.append(words(x + 1.2 * size * row, y, line, ha=ha, va="", rotation=90, size=size))
        return drawn


class PanelFigure:
    """Panels above each other, and words beside them.

    Args:
        width: pt.
        height: pt.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.panels: list[Panel] = []
        self._words: list[str] = []

    def text(
        self, x: float, y: float, text: str, *, ha: str, va: str, fontsize: float, color: str
    ) -> None:
        """Words at a place in parts of the figure, y upwards."""
        at = x * self.width, (1 - y) * self.height
        self._words.append(words(*at, text, ha=ha, va=va, size=fontsize, color=color))

    def body(self, key: str) -> str:
        """All elements.

        Args:
            key: unique in the page; prefix of ids.
        """
        written: list[str] = []
        for index, panel in enumerate(self.panels):
            box, name = panel.box, f"{key}-{index}"
            written.append(
                f'<clipPath id="{name}"><rect x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" '
                f'height="{box.height:g}"/></clipPath>'
            )
            written += panel.elements(f' clip-path="url(#{name})"')
        return "".join([*written, *self._words])
