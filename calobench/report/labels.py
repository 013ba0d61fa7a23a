"""Names of observables as physics is written: ``E_vis`` with its index below the line."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

__all__ = ["as_html", "as_mathtext", "parts"]

# One letter, then its index. A name such as my_observable has more letters, and stays as it is.
_INDEXED = re.compile(r"(?<!\w)(\w)_(\w+(?:,\w+)*)")


def parts(text: str) -> list[tuple[str, str]]:
    """The text in pieces: (plain text, index that follows it or '')."""
    pieces, end = [], 0
    for match in _INDEXED.finditer(text):
        pieces.append((text[end : match.end(1)], match[2]))
        end = match.end()
    return [*pieces, (text[end:], "")] if end < len(text) or not pieces else pieces


def as_html(text: str) -> Markup:
    """For a page: escaped, indices as ``<sub>``."""
    return Markup("").join(
        Markup("{}<sub>{}</sub>").format(plain, index) if index else escape(plain)
        for plain, index in parts(text)
    )


def as_mathtext(text: str) -> str:
    """For matplotlib outside of a page: indices as mathematics, dollar signs as themselves."""

    def piece(plain: str, index: str) -> str:
        kept = plain.replace("$", r"\$")
        if not index:
            return kept
        below = index.replace("_", r"\_")
        return rf"{kept[:-1]}${kept[-1]}_{{\mathrm{{{below}}}}}$"

    return "".join(piece(plain, index) for plain, index in parts(text))
