"""Axes whose ticks are drawn as one line, and their labels as text: eight times as fast.

matplotlib keeps some ten artists for each tick. A report has ninety figures of two panels, and spent nine
tenths of its time on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis, YAxis
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import BboxBase, IdentityTransform
from numpy.typing import NDArray

from calobench.report.figures.style import INK, TICKS
from calobench.report.figures.text_widths import extent_of
from calobench.report.figures.ticks import Thousands, minor_ticks, titled

__all__ = ["QuickAxes"]

Array = NDArray[np.float64]

_MIN_FONT = 11.0
# Of digits, in units of the font size: from their foot to their head, and to their middle.
_ASCENT, _MIDDLE = 0.78, 0.36


def _pixels_of(renderer: RendererBase, points: float) -> float:
    return float(renderer.points_to_pixels(points))  # type: ignore[arg-type]


def _width(text: str, font: FontProperties) -> float:
    """Of a line of text, pt."""
    return extent_of(text, font).width


class _QuickAxis(Axis):
    """One axis: locator, formatter and parameters as in matplotlib, no tick artists."""

    axis_name: str

    def set_clip_path(self, path: Any, transform: Any = None) -> None:
        """Of the axis alone: it has no ticks to pass it to."""
        Artist.set_clip_path(self, path, transform)

    def set_tick_params(self, which: Any = "major", reset: bool = False, **kwargs: Any) -> None:  # noqa: ARG002 - of the class above
        """Remember them until ticks are drawn."""
        kept = self._translate_tick_params(kwargs)  # type: ignore[attr-defined]
        for kind, own in (("major", self._major_tick_kw), ("minor", self._minor_tick_kw)):  # type: ignore[attr-defined]
            if which in {kind, "both"}:
                own.update(kept)

    def set_ticklabels(self, labels: Any, *, minor: bool = False, **kwargs: Any) -> Any:
        """As of any axis; of what texts can have, the labels have a rotation."""
        self.set_tick_params(labelrotation=kwargs.pop("rotation", self._own("labelrotation", 0.0)))
        return super().set_ticklabels(labels, minor=minor, **kwargs)

    def get_major_ticks(self, numticks: int | None = None) -> list[Any]:  # noqa: ARG002 - of the class above
        """None: they are no artists here."""
        return []

    def get_minor_ticks(self, numticks: int | None = None) -> list[Any]:  # noqa: ARG002 - of the class above
        """None: they are no artists here."""
        return []

    def get_ticks_position(self) -> Any:
        """Position of the labels; matplotlib asks a tick for it."""
        return "default"

    def draw(self, renderer: RendererBase) -> None:
        """Ticks of both sides in one line, then the labels, then the title."""
        if not self.get_visible():
            return
        places, labels = self._placed()
        self.label.set_text(titled(self.label.get_text(), self.get_major_formatter().get_offset()))
        self._draw_ticks(renderer, places)
        self._draw_title(renderer, self._draw_labels(renderer, places, labels))
        self.stale = False

    def _own(self, name: str, default: Any) -> Any:
        return self._major_tick_kw.get(name, default)  # type: ignore[attr-defined]

    def _placed(self) -> tuple[Array, list[str]]:
        """Those major ticks that lie within the limits, in pixels, with their labels."""
        locations = np.asarray(self.get_majorticklocs(), dtype=np.float64)
        labels = self.get_major_formatter().format_ticks(locations.tolist())
        pixels, ends = self._pixels(locations), self._pixels(np.array(self.get_view_interval()))
        inside = (pixels >= ends.min() - 0.5) & (pixels <= ends.max() + 0.5)
        return pixels[inside], [label for label, kept in zip(labels, inside, strict=False) if kept]

    def _pixels(self, values: Array) -> Array:
        column = 0 if self.axis_name == "x" else 1
        points = np.zeros((len(values), 2))
        points[:, column] = values
        transform = (
            self.axes.get_xaxis_transform() if column == 0 else self.axes.get_yaxis_transform()
        )
        pixels: Array = np.asarray(transform.transform(points))[:, column]
        return pixels

    def _draw_ticks(self, renderer: RendererBase, places: Array) -> None:
        length = _pixels_of(renderer, self._own("size", TICKS["major"]))
        box = self.axes.bbox
        low, high = (box.y0, box.y1) if self.axis_name == "x" else (box.x0, box.x1)
        vertices: list[tuple[float, float]] = self._frame()
        sides = [(low, 1.0)] if self._own("tick1On", True) else []
        sides += [(high, -1.0)] if self._own("tick2On", True) else []
        for ticks, size in ((places, length), (self._minor(), 0.5 * length)):
            for start, sign in sides if size else []:
                for place in ticks.tolist():
                    pair = ((place, start), (place, start + sign * size))
                    vertices += pair if self.axis_name == "x" else ((a[1], a[0]) for a in pair)
        codes = np.tile([Path.MOVETO, Path.LINETO], len(vertices) // 2)
        context = renderer.new_gc()
        context.set_foreground(INK)
        context.set_linewidth(TICKS["width"])
        renderer.draw_path(context, Path(vertices, codes), IdentityTransform())
        context.restore()

    def _frame(self) -> list[tuple[float, float]]:
        """Both sides that run along this axis, as pairs of points."""
        box = self.axes.bbox
        if self.axis_name == "x":
            return [(box.x0, box.y0), (box.x1, box.y0), (box.x0, box.y1), (box.x1, box.y1)]
        return [(box.x0, box.y0), (box.x0, box.y1), (box.x1, box.y0), (box.x1, box.y1)]

    def _minor(self) -> Array:
        """Places of the minor ticks, in pixels."""
        low, high = sorted(self.get_view_interval())
        major = np.asarray(self.get_majorticklocs(), dtype=np.float64)
        log = self.get_scale() == "log"
        return self._pixels(minor_ticks(self.get_major_locator(), major, low, high, log=log))

    def _text(self, **settings: Any) -> Text:
        text = Text(
            0, 0, "", fontsize=self._own("labelsize", TICKS["label"]), color=INK, **settings
        )
        figure = self.get_figure(root=False)
        if figure is not None:
            text.set_figure(figure)
        return text

    def _draw_labels(self, renderer: RendererBase, places: Array, labels: Sequence[str]) -> float:
        """Labels at the ticks; how far they reach, in pixels."""
        top = self._own("label2On", False)
        if not top and not self._own("label1On", True):
            return 0.0
        box, gap = self.axes.bbox, _pixels_of(renderer, self._own("pad", TICKS["pad"]))
        rotation, flat = float(self._own("labelrotation", 0.0)), self.axis_name == "x"
        if flat:
            text = self._text(ha="center", va="bottom" if top else "top", rotation=rotation)
        else:
            text = self._text(ha="right", va="center_baseline", rotation=rotation)
        font = text.get_fontproperties()
        point = _pixels_of(renderer, 1.0)
        size = font.get_size_in_points() * point
        height = renderer.get_canvas_width_height()[1] if renderer.flipy() else 0.0
        context = renderer.new_gc()
        context.set_foreground(INK)
        reach = 0.0
        for place, label in zip(places.tolist(), labels, strict=True):
            if not label:
                continue
            text.set_text(label)
            x, y = (place, box.y1 + gap if top else box.y0 - gap) if flat else (box.x0 - gap, place)
            text.set_position((x, y))
            if rotation or (text.get_parse_math() and "$" in label):
                text.draw(renderer)
                extent = text.get_window_extent(renderer)
                reach = max(reach, extent.height if flat else extent.width)
                continue
            width = _width(label, font) * point
            left = x - (0.5 * width if flat else width)
            base = y - (_ASCENT * size if flat and not top else 0 if top else _MIDDLE * size)
            renderer.draw_text(
                context, left, abs(height - base), label, font, 0, ismath=False, mtext=text
            )
            reach = max(reach, size if flat else width)
        context.restore()
        return 0.0 if top else reach + gap

    def _draw_title(self, renderer: RendererBase, taken: float) -> None:
        if not self.label.get_text():
            return
        box, figure = self.axes.bbox, self.get_figure(root=False)
        gap = taken + _pixels_of(renderer, self.labelpad)
        x, y = self.label.get_position()
        if self.axis_name == "x":
            self._fit(renderer, figure.bbox.width * 0.97 if figure else box.width)
            self.label.set_position((x, box.y0 - gap))
        else:
            self._fit(renderer, self._height())
            self.label.set_position((box.x0 - gap, y))
        self.label.draw(renderer)

    def _height(self) -> float:
        """Of the panel, and of the margin above the topmost one."""
        box, figure = self.axes.bbox, self.get_figure(root=False)
        if figure is None or self.axes._sharex is not None:  # type: ignore[attr-defined]
            return float(box.height)
        return float(figure.bbox.y1 - box.y0)

    def _length(self, renderer: RendererBase) -> float:
        """Of the title, pixels."""
        title = self.label.get_text()
        if self.label.get_parse_math() and "$" in title:
            box = self.label.get_window_extent(renderer)
            return float(max(box.width, box.height))
        font = self.label.get_fontproperties()
        return max(_width(line, font) for line in title.split("\n")) * _pixels_of(renderer, 1.0)

    def _fit(self, renderer: RendererBase, room: float) -> None:
        """Make a title that is longer than its room smaller, and break it where that is not enough."""
        length = self._length(renderer)
        if length <= room:
            return
        size = float(self.label.get_fontsize()) * room / length
        self.label.set_fontsize(max(_MIN_FONT, size))
        words = self.label.get_text()
        gaps = [i for i, letter in enumerate(words) if letter == " "]
        if size < _MIN_FONT and gaps:
            middle = min(gaps, key=lambda i: abs(i - len(words) / 2))
            self.label.set_text(f"{words[:middle]}\n{words[middle + 1 :]}")


class _QuickX(_QuickAxis, XAxis):
    """The horizontal one."""


class _QuickY(_QuickAxis, YAxis):
    """The vertical one."""


class QuickAxes(Axes):
    """Axes as any other, but that their ticks are no artists: they cannot be changed one by one."""

    def _init_axis(self) -> None:
        self.xaxis = _QuickX(self, clear=False)
        self.yaxis = _QuickY(self, clear=False)

    def _gen_axes_spines(self) -> dict[str, Any]:
        """None: the axes draw the frame."""
        return {}

    def clear(self) -> None:
        """As any axes, without a ground."""
        super().clear()
        self.patch.set_visible(False)
        for axis, shared in ((self.xaxis, self._sharex), (self.yaxis, self._sharey)):  # type: ignore[attr-defined]
            if shared is None:
                axis.set_major_formatter(Thousands())

    def _update_title_position(self, renderer: RendererBase) -> None:
        """Nothing: the plots have no titles of their own."""

    def get_tightbbox(self, *args: Any, **settings: Any) -> BboxBase | None:  # type: ignore[override] # noqa: ARG002
        """The whole figure, in which all labels lie: notebooks cut off what is outside of it."""
        figure = self.get_figure(root=False)
        return figure.bbox if figure is not None else None
