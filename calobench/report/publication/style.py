"""The look of figures in files: mplhep's, with fonts that are embedded and labels as mathematics."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import mplhep
from matplotlib import font_manager

from calobench.errors import UnknownNameError
from calobench.report.figures.style import plot_style
from calobench.report.labels import as_mathtext

__all__ = ["ALWAYS_THERE", "print_style", "print_text"]

ALWAYS_THERE = "DejaVu Sans"
"""The font that matplotlib brings."""

# mplhep brings the first one, matplotlib the last: what one has not, the next one gives.
_FONTS = ("TeX Gyre Heros", "Helvetica", "Arial", "Liberation Sans", ALWAYS_THERE)

_OVERRIDES: Any = {
    "text.parse_math": True,
    "mathtext.default": "regular",
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}

_BRACKETS = {"⟨": r"$\langle$", "⟩": r"$\rangle$"}


@contextlib.contextmanager
def print_style(font: str | None = None) -> Iterator[None]:
    """The style inside, the caller's settings untouched outside.

    Args:
        font: family to use before all others.

    Raises:
        UnknownNameError: it is not installed.
    """
    installed = set(font_manager.get_font_names())
    if font is not None and font not in installed:
        raise UnknownNameError("font", font, sorted(installed))
    families = [name for name in (font, *_FONTS) if name is not None and name in installed]
    first = families[0]
    quiet = logging.getLogger("fontTools")
    level = quiet.level
    with plot_style(mplhep.style.ROOT):
        quiet.setLevel(logging.ERROR)
        mpl.rcParams.update(_OVERRIDES)
        mpl.rcParams["font.family"] = families
        mpl.rcParams.update(
            {
                "mathtext.fontset": "dejavusans" if first == ALWAYS_THERE else "custom",
                "mathtext.rm": first,
                "mathtext.sf": first,
                "mathtext.it": f"{first}:italic",
                "mathtext.bf": f"{first}:bold",
                "mathtext.cal": first,
                "mathtext.tt": first,
            }
        )
        try:
            yield
        finally:
            quiet.setLevel(level)


def print_text(label: str) -> str:
    """A label with its indices and angle brackets as mathematics, which no text font has all of.

    Args:
        label: plain text; a dollar sign in it is a dollar sign.
    """
    text = as_mathtext(label)
    return "".join(_BRACKETS.get(character, character) for character in text)
