"""The first screen as one picture, PDF or PNG, for mails and slides."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from calobench.report.environment import level_class
from calobench.report.figures.style import GEANT4, GRID, INK, MODEL, MUTED
from calobench.report.first_screen import numbers, pictures
from calobench.report.palette import looks
from calobench.report.publication.files import figure_bytes
from calobench.report.publication.style import print_style, print_text
from calobench.results.schema import Results
from calobench.results.verdict import Verdict
from calobench.verdict.verdict import verdict_of

__all__ = ["SHEET_FORMATS", "draw_sheet", "sheet_bytes"]

SHEET_FORMATS = ("pdf", "png")

# As wide as a slide; heights of head, pictures and foot, inches.
_WIDTH_IN, _ROWS_IN = 16.0, (3.3, 4.2, 1.2)
_HEIGHT_IN = sum(_ROWS_IN)
_MARGIN = 0.025

# The colours of the light page.
_COLOURS = {INK: "#1b2027", MUTED: "#575f6b", GEANT4: "#5b6470", GRID: "#dcd9d0"}
_LEVELS = {
    "indistinguishable": ("#0b6b57", "●"),
    "fit": ("#0b6b57", "●"),
    "flaws": ("#a8370a", "▲"),
    "unusable": ("#a3123f", "■"),
}
_UNKNOWN = ("#575f6b", "–")


def sheet_bytes(results: Results, form: str) -> bytes:
    """The sheet as a file; the same results give the same bytes.

    Args:
        results: of a run.
        form: one of :data:`SHEET_FORMATS`.
    """
    with print_style():
        return figure_bytes(draw_sheet(results), form)


def draw_sheet(results: Results) -> Figure:
    """Verdict, lights, pictures and numbers on one sheet; call it in the style for print."""
    figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), facecolor="white")
    verdict = results.verdict or verdict_of(results)
    rows = figure.subfigures(3, 1, height_ratios=_ROWS_IN, squeeze=False)
    shown = pictures(results)
    parts = rows[1, 0].subfigures(1, 4, squeeze=False)
    for picture, part in zip(shown, parts[0], strict=False):
        picture.draw(part)
        part.text(0.03, 0.985, picture.title, ha="left", va="top", fontsize=12.5, weight="bold")
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_text():
            text.set_text(print_text(text.get_text()))
    _head(figure, results, verdict)
    _lights(figure, verdict)
    _numbers(figure, results)
    _recolour(figure, {**_COLOURS, MODEL: looks([results.model.name])[results.model.name].colour})
    return figure


def _from_top(inches: float) -> float:
    return 1 - inches / _HEIGHT_IN


def _head(figure: Figure, results: Results, verdict: Verdict) -> None:
    title = textwrap.shorten(
        f"{results.model.name} on {results.detector.name}", 80, placeholder=" …"
    )
    figure.text(_MARGIN, _from_top(0.2), print_text(title), fontsize=22, weight="bold", va="top")
    figure.text(
        1 - _MARGIN, _from_top(0.25), "calobench", fontsize=13, color=MUTED, ha="right", va="top"
    )
    colour, mark = _LEVELS.get(level_class(verdict.level), _UNKNOWN)
    first, _, rest = verdict.sentence.partition(": ")
    figure.text(
        _MARGIN, _from_top(0.72), f"{mark} {print_text(first)}", fontsize=16, weight="bold", va="top",
        color=colour,
    )  # fmt: skip
    words = textwrap.shorten(rest, 330, placeholder=" …")
    _paragraph(figure, _MARGIN, 1.05, words, width=165, size=13)
    if results.warnings:
        warning = textwrap.shorten("; ".join(results.warnings), 190, placeholder=" …")
        figure.text(
            _MARGIN,
            _from_top(1.5),
            print_text(f"Warning: {warning}"),
            fontsize=11,
            va="top",
            color=MUTED,
        )


def _lights(figure: Figure, verdict: Verdict) -> None:
    step = (1 - 2 * _MARGIN) / max(len(verdict.lights), 1)
    for index, light in enumerate(verdict.lights):
        colour, mark = _LEVELS.get(level_class(light.level), _UNKNOWN)
        x = _MARGIN + index * step
        line = Line2D([x, x + 0.94 * step], 2 * [_from_top(1.78)], color=colour, linewidth=2.5)
        figure.add_artist(line)
        figure.text(
            x, _from_top(1.86), f"{mark} {light.topic.capitalize()}", fontsize=14, weight="bold",
            va="top", color=colour,
        )  # fmt: skip
        _paragraph(figure, x, 2.18, textwrap.shorten(light.words, 150, placeholder=" …"), 34, 12)


def _numbers(figure: Figure, results: Results) -> None:
    tiles = numbers(results)
    step = (1 - 2 * _MARGIN) / len(tiles)
    top = _ROWS_IN[0] + _ROWS_IN[1]
    for index, tile in enumerate(tiles):
        x = _MARGIN + index * step
        figure.text(
            x, _from_top(top + 0.12), print_text(tile.name), fontsize=12, va="top", color=MUTED
        )
        figure.text(
            x, _from_top(top + 0.36), print_text(tile.value), fontsize=16, weight="bold", va="top"
        )
        figure.text(
            x, _from_top(top + 0.68), print_text(tile.note), fontsize=11, va="top", color=MUTED
        )


def _paragraph(
    figure: Figure, x: float, top_in: float, words: str, width: int, size: float
) -> None:
    lines = (print_text(line) for line in textwrap.wrap(words, width))
    figure.text(x, _from_top(top_in), "\n".join(lines), fontsize=size, va="top", linespacing=1.25)


def _recolour(figure: Figure, colours: Mapping[str, str]) -> None:
    """Colours of paper in place of those that a page chooses."""
    for artist in figure.findobj():
        if isinstance(artist, Line2D | Text):
            artist.set_color(_on_paper(artist.get_color(), colours))
        elif isinstance(artist, Patch):
            alpha = artist.get_alpha()
            face, edge = artist.get_facecolor(), artist.get_edgecolor()
            # What is transparent stays so.
            if artist.get_fill() and to_rgba(face)[3] > 0:
                artist.set_facecolor(_on_paper(face, colours))
            if to_rgba(edge)[3] > 0:
                artist.set_edgecolor(_on_paper(edge, colours))
            artist.set_alpha(alpha)


def _on_paper(colour: object, colours: Mapping[str, str]) -> str:
    known = to_hex(colour)  # type: ignore[arg-type]
    return colours.get(known, known)
