"""Width of a text, from the advances of its characters: each is measured once, not each text."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from matplotlib.font_manager import FontProperties, findfont, get_font

__all__ = ["Extent", "extent_of"]

_SIZE = 100.0
# matplotlib's own font in units of its size: a line of text reaches from below p to above l.
_HEIGHT, _DESCENT = 0.996, 0.236
# What it has no sign for, e.g. Chinese, is as wide as high.
_ELSEWHERE = 1.0


class Extent(NamedTuple):
    """Of one line of text, in the unit of the font's size; the height includes the descent."""

    width: float
    height: float
    descent: float


def extent_of(text: str, font: FontProperties) -> Extent:
    """Width, height and descent of a line, without kerning: the reader's font is another anyway.

    Args:
        text: one line.
        font: family, weight and size.
    """
    size = float(font.get_size_in_points())
    key = tuple(font.get_family()), font.get_weight()
    width = sum(_advance(letter, *key) for letter in text)
    return Extent(width * size, _HEIGHT * size, _DESCENT * size)


@lru_cache(maxsize=4096)
def _advance(letter: str, family: tuple[str, ...], weight: str | int) -> float:
    """Of one character, in units of the font's size."""
    font = get_font(findfont(FontProperties(family=list(family), weight=weight)))
    if not font.get_char_index(ord(letter)):
        return _ELSEWHERE
    font.set_size(_SIZE, 72)
    return float(font.load_char(ord(letter)).linearHoriAdvance) / 65536 / _SIZE
