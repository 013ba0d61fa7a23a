"""The mark of a model in its colour, for pages."""

from __future__ import annotations

from markupsafe import Markup

from calobench.report.palette import Look

__all__ = ["swatch", "swatch_shape"]

_SHAPES = {
    "o": '<circle cx="7" cy="7" r="4"/>',
    "s": '<rect x="3.5" y="3.5" width="7" height="7"/>',
    "^": '<path d="M7 2.5 11.5 11h-9z"/>',
    "v": '<path d="M7 11.5 2.5 3h9z"/>',
    "D": '<path d="M7 2 12 7 7 12 2 7z"/>',
    "P": '<path d="M5.2 2.5h3.6v2.7h2.7v3.6H8.8v2.7H5.2V8.8H2.5V5.2h2.7z"/>',
    "X": '<path d="M4 2 7 5l3-3 2 2-3 3 3 3-2 2-3-3-3 3-2-2 3-3-3-3z"/>',
    "p": '<path d="M7 2.2 11.8 5.7 10 11.5H4L2.2 5.7z"/>',
}


def swatch(look: Look) -> Markup:
    """The model's marker in its colour, as in the figures."""
    return Markup(
        '<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true" fill="{}">{}</svg>'
    ).format(look.colour, swatch_shape(look))


def swatch_shape(look: Look) -> Markup:
    """The marker alone, in a square of 14 units, for a figure."""
    return Markup(_SHAPES[look.marker])
