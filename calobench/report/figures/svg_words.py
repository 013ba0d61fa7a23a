"""Words of an SVG: indices below the line, several lines, titles that fit."""

from __future__ import annotations

from markupsafe import escape
from matplotlib.font_manager import FontProperties

from calobench.report.figures.style import INK
from calobench.report.figures.text_widths import extent_of
from calobench.report.labels import parts

__all__ = ["fitted", "lowered", "width_of", "words"]

_FONT = "DejaVu Sans"
_TITLE_PT, _MIN_PT = 12.0, 11.0
_ANCHORS = {"left": "", "center": ";text-anchor:middle", "right": ";text-anchor:end"}
# Baselines below the place, in sizes of the font.
_DROPS = {"top": 0.76, "bottom": -0.24, "center": 0.26}
# How far an index is lowered, and the line raised after it, in sizes of their own fonts.
_BELOW, _BACK = ".3em", "-.234em"


def lowered(text: str) -> str:
    """``E_vis`` with its index below the line; the reader's font places the rest."""
    pieces = parts(text)
    if len(pieces) == 1 and not pieces[0][1]:
        return escape(text)
    written, back = "", ""
    for plain, index in pieces:
        if plain:
            shift = f' dy="{back}"' if back else ""
            written += f"<tspan{shift}>{escape(plain)}</tspan>"
        if index:
            written += f'<tspan dy="{_BELOW}" font-size="78%">{escape(index)}</tspan>'
        back = _BACK if index else ""
    return written


def width_of(text: str, size: float) -> float:
    """Of a line, pt."""
    return extent_of(text, FontProperties(family=_FONT, size=size)).width


def fitted(title: str, room: float) -> tuple[list[str], float]:
    """A title that is longer than its room is smaller, and broken where that is not enough."""
    length = width_of(title, _TITLE_PT)
    size = _TITLE_PT if length <= room else max(_MIN_PT, _TITLE_PT * room / length)
    gaps = [i for i, letter in enumerate(title) if letter == " "]
    if width_of(title, size) <= room or not gaps:
        return [title], size
    middle = min(gaps, key=lambda i: abs(i - len(title) / 2))
    return [title[:middle], title[middle + 1 :]], size


def words(
    x: float, y: float, text: str, *, ha: str, va: str, rotation: float = 0.0, size: float = 11.0,
    color: str = INK,
) -> str:  # fmt: skip
    """Text, a line below the other; ``va`` is '' where y is the foot of the letters."""
    style = f"font-size:{size:g}px{_ANCHORS[ha]};fill:{color}"
    drawn = ""
    for row, line in enumerate(text.split("\n")):
        down = _DROPS.get(va, 0.0) * size + 1.2 * size * row
        at, foot = (
            (round(x + down, 1), round(y, 1)) if rotation else (round(x, 1), round(y + down, 1))
        )
        turn = f' transform="rotate({-rotation:g} {at:g} {foot:g})"' if rotation else ""
        drawn += f'<text x="{at:g}" y="{foot:g}"{turn} style="{style}">{lowered(line)}</text>'
    return drawn
