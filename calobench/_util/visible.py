"""Text that others wrote, on its way to a terminal, a page or a comment."""

from __future__ import annotations

import unicodedata

__all__ = ["visible"]

_LAYOUT = "\n\t"


def visible(text: str) -> str:
    r"""The text with every character that acts instead of being seen written as its escape.

    Names of files, models and data sets may hold what moves a terminal's cursor (``\x1b``), turns the
    direction of writing (``\u202e``), cannot be seen (``\u200b``), or is not allowed in XML. Line feeds,
    tabs and spaces of any width stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(char if _is_seen(char) else _escape(char) for char in text)


def _is_seen(char: str) -> bool:
    return char.isprintable() or char in _LAYOUT or unicodedata.category(char) == "Zs"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
