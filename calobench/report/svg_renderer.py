"""Draws a matplotlib figure as a small SVG for the inside of a page.

matplotlib's own writer makes files that stand alone: global styles, ids that repeat from figure to figure,
six digits, an element a tick. A page has over a hundred figures, and spent most of its time on taking all
that out again; this one writes only what the page shows.
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.font_manager import FontProperties, weight_dict
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from calobench.report.figures.style import CSS_COLOURS
from calobench.report.figures.svg_words import lowered
from calobench.report.figures.text_widths import extent_of

__all__ = ["PageRenderer"]

_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}
_REGULAR = 400


class PageRenderer(RendererBase):
    """Collects the elements of one figure; see :class:`matplotlib.backend_bases.RendererBase`.

    Args:
        width: of the figure, pt.
        height: of the figure, pt.
        key: unique in the page; prefix of all ids.
    """

    def __init__(self, width: float, height: float, key: str) -> None:
        super().__init__()
        self._width, self._height, self._key = width, height, key
        self._flip = Affine2D().scale(1, -1).translate(0, height)
        self._elements: list[str] = []
        self._ids: dict[str, str] = {}

    @property
    def body(self) -> str:
        """All elements, in the order in which they are drawn."""
        return "".join(self._elements)

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Size of the figure, pt."""
        return self._width, self._height

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: Any,  # noqa: ARG002 - of the class above
    ) -> tuple[float, float, float]:
        """Size of a line of text, pt."""
        return extent_of(s, prop)

    def option_image_nocomposite(self) -> bool:
        """Images are drawn one by one."""
        return True

    def option_scale_image(self) -> bool:
        """The browser scales images: a pixel a cell is enough."""
        return True

    def draw_path(
        self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None
    ) -> None:
        """One path; nothing where it has neither fill nor line."""
        style = _style(gc, rgbFace)
        if style == "fill:none":
            return
        clip = (0.0, 0.0, self._width, self._height) if rgbFace is None else None
        simplify = path.should_simplify and rgbFace is None
        drawn = path.cleaned(transform, remove_nans=True, clip=clip, simplify=simplify, curves=True)
        data = _commands(drawn, self._height)
        if data:
            self._elements.append(f'<path d="{data}"{self._clip(gc)} style="{style}"/>')

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,
    ) -> None:
        """One sign at all points of a path."""
        style = _style(gc, rgbFace)
        points = np.asarray(trans.transform(path.vertices))
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points) or style == "fill:none":
            return
        sign = marker_path.cleaned(
            marker_trans + Affine2D().scale(1, -1), remove_nans=True, curves=True
        )
        sign_id = self._define(f'<path d="{_commands(sign)}" id="{{}}"/>')
        points[:, 1] = self._height - points[:, 1]
        uses = "".join(f'<use x="{x:g}" y="{y:g}" href="#{sign_id}"/>' for x, y in _tenths(points))
        self._elements.append(f'<g{self._clip(gc)} style="{style}">{uses}</g>')

    def draw_image(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        im: ArrayLike,
        transform: Transform | None = None,
    ) -> None:
        """Pixels, each a sharp rectangle."""
        shown = np.asarray(im)
        rows, columns = shown.shape[:2]
        if not rows or not columns:
            return
        stream = io.BytesIO()
        Image.fromarray(shown).save(stream, format="png")
        pixels = base64.b64encode(stream.getvalue()).decode()
        placed: Any = Affine2D()
        if transform is not None:
            placed = Affine2D().scale(1 / columns, 1 / rows) + transform
        matrix = (placed + Affine2D().translate(x, y) + self._flip).frozen().to_values()
        # It multiplies many pixels, and needs more digits than a place.
        scale = " ".join(f"{round(value, 4) + 0.0:g}" for value in matrix)
        # The clip is not to be turned with the image.
        self._elements.append(
            f'<g{self._clip(gc)}><image width="{columns}" height="{rows}" transform="matrix({scale})" '
            f'style="image-rendering:pixelated" href="data:image/png;base64,{pixels}"/></g>'
        )

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,  # noqa: ARG002 - labels of plug-ins are no mathematics
        mtext: Text | None = None,
    ) -> None:
        """One line of text, which the page writes in its own font."""
        anchor = "start"
        if mtext is not None and angle == 0:
            # Where the reader's font is narrower, the text still ends where it should.
            anchor = _ANCHORS[mtext.get_horizontalalignment()]
            x = float(mtext.get_transform().transform(mtext.get_unitless_position())[0])
        at = f'x="{_tenth(x)}" y="{_tenth(y)}"'
        turn = f' transform="rotate({-angle:g} {_tenth(x)} {_tenth(y)})"' if angle else ""
        weights: dict[Any, int] = weight_dict
        weight = weights.get(prop.get_weight(), prop.get_weight())
        style = f"font-size:{prop.get_size_in_points():g}px"
        style += "" if weight == _REGULAR else f";font-weight:{weight}"
        style += "" if anchor == "start" else f";text-anchor:{anchor}"
        style += f";fill:{_colour(gc.get_rgb())}"
        alpha = _alpha(gc, gc.get_rgb())
        style += "" if alpha == 1 else f";opacity:{alpha:g}"
        self._elements.append(f'<text {at}{turn} style="{style}">{lowered(s)}</text>')

    def _clip(self, gc: GraphicsContextBase) -> str:
        """The attribute that keeps an element within its axes."""
        path: Any
        path, transform = gc.get_clip_path()
        box = gc.get_clip_rectangle()
        if path is not None and transform is not None:
            outline = path.cleaned(transform, remove_nans=True, curves=True)
            inner = f'<path d="{_commands(outline, self._height)}"/>'
        elif box is not None:
            inner = (
                f'<rect x="{_tenth(box.x0)}" y="{_tenth(self._height - box.y1)}" '
                f'width="{_tenth(box.width)}" height="{_tenth(box.height)}"/>'
            )
        else:
            return ""
        clip_id = self._define(f'<clipPath id="{{}}">{inner}</clipPath>')
        return f' clip-path="url(#{clip_id})"'

    def _define(self, element: str) -> str:
        """The id of an element that others point to; the element is written once."""
        if element not in self._ids:
            self._ids[element] = f"{self._key}-{len(self._ids)}"
            self._elements.append(f"<defs>{element.format(self._ids[element])}</defs>")
        return self._ids[element]


def _tenths(points: NDArray[np.float64]) -> list[list[float]]:
    rounded: list[list[float]] = (points.round(1) + 0.0).tolist()
    return rounded


def _tenth(value: float) -> str:
    return f"{round(float(value), 1) + 0.0:g}"


def _commands(path: Path, height: float | None = None) -> str:
    """A cleaned path in the language of SVG.

    Args:
        path: from :meth:`Path.cleaned`, with a code for each point.
        height: of the figure, to turn the path upside down; None where it is.
    """
    vertices = np.array(path.vertices, dtype=np.float64)
    if height is not None:
        vertices[:, 1] = height - vertices[:, 1]
    written: list[str] = []
    last = Path.STOP
    for code, (x, y) in zip(np.asarray(path.codes).tolist(), _tenths(vertices), strict=True):
        if code == Path.STOP:
            break
        if code == Path.CLOSEPOLY:
            written.append("z")
        elif code != last or code == Path.MOVETO:
            written.append(f"{_LETTERS[code]}{x:g} {y:g}")
        else:
            written.append(f" {x:g} {y:g}")
        last = code
    return "".join(written)


def _style(gc: GraphicsContextBase, face: tuple[float, ...] | None) -> str:
    """Fill and line; what the page's style sheet says is left out."""
    offset, dashes = gc.get_dashes()
    said = ["fill:none" if face is None else f"fill:{_colour(tuple(face))}"]
    width, line = gc.get_linewidth(), gc.get_rgb()
    forced = gc.get_alpha() if gc.get_forced_alpha() else None
    if forced is not None and forced != 1:
        said.append(f"opacity:{forced:g}")
    elif face is not None and len(face) > 3 and face[3] != 1:
        said.append(f"fill-opacity:{face[3]:g}")
    if width > 0 and (forced is not None or line[3] > 0):
        said.append(f"stroke:{_colour(line)}")
        if width != 1:
            said.append(f"stroke-width:{width:g}")
        if forced is None and line[3] != 1:
            said.append(f"stroke-opacity:{line[3]:g}")
        if dashes is not None:
            pattern = ",".join(f"{dash:g}" for dash in np.asarray(dashes, np.float64).tolist())
            said.append(f"stroke-dasharray:{pattern}")
            said += [f"stroke-dashoffset:{offset:g}"] if offset else []
    return ";".join(said)


@lru_cache(maxsize=512)
def _colour(rgb: tuple[float, ...]) -> str:
    name = to_hex((rgb[0], rgb[1], rgb[2]))
    return CSS_COLOURS.get(name, name)


def _alpha(gc: GraphicsContextBase, colour: tuple[float, ...]) -> float:
    if gc.get_forced_alpha():
        return float(gc.get_alpha())
    return float(colour[3]) if len(colour) > 3 else 1.0
