"""The page of a sweep: a row per point, and what evaluations and time buy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from calobench import __version__
from calobench._util.resources import report_templates_dir
from calobench.report.environment import page_environment
from calobench.report.figures.style import plot_style
from calobench.report.svg import inline_svg
from calobench.suite.columns import score_columns
from calobench.suite.sweep.figures import draw_against_evaluations, draw_against_time
from calobench.suite.sweep.record import SweepResults

__all__ = ["Section", "render_sweep"]


class Section(NamedTuple):
    """A further section of the page: what else was measured of the points.

    Attributes:
        title: its heading.
        text: what is seen.
        figures: each with its caption.
    """

    title: str
    text: str
    figures: Sequence[tuple[Markup, str]]


def render_sweep(results: SweepResults, further: Sequence[Section] = ()) -> str:
    """The page as text, self-contained but for its links to the runs' own pages.

    Args:
        results: of the sweep.
        further: sections behind its own.
    """
    style = (report_templates_dir() / "report.css").read_text(encoding="utf-8")
    return (
        page_environment()
        .get_template("sweep.html.j2")
        .render(
            results=results,
            columns=score_columns(results.points),
            figures=_figures(results),
            further=further,
            style=Markup(style),
            version=__version__,
        )
    )


def _figures(results: SweepResults) -> list[tuple[Markup, str]]:
    columns = score_columns(results.points)
    curves = [
        (draw, name, f"{label[:1].upper()}{label[1:]} against {axis}.")
        for draw, axis in (
            (draw_against_evaluations, "evaluations"),
            (draw_against_time, "the time of one shower alone"),
        )
        for name, label in columns.items()
    ]
    drawn = []
    with plot_style():
        for number, (draw, score, caption) in enumerate(curves):
            figure = draw(results, score)
            if figure is not None:
                band = " The band holds 90 % of samples that agree with Geant4."
                drawn.append((inline_svg(figure, f"sweep-{number}", caption), caption + band))
    return drawn
