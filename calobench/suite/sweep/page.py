"""The page of a sweep: a row per point, and what evaluations and time buy."""

from __future__ import annotations

from markupsafe import Markup

from calobench import __version__
from calobench._util.resources import report_templates_dir
from calobench.report.environment import page_environment
from calobench.report.figures.style import plot_style
from calobench.report.svg import inline_svg
from calobench.suite.sweep.figures import draw_against_evaluations, draw_against_time
from calobench.suite.sweep.record import SweepResults

__all__ = ["render_sweep"]


def render_sweep(results: SweepResults) -> str:
    """The page as text, self-contained but for its links to the runs' own pages."""
    style = (report_templates_dir() / "report.css").read_text(encoding="utf-8")
    return (
        page_environment()
        .get_template("sweep.html.j2")
        .render(
            results=results, figures=_figures(results), style=Markup(style), version=__version__
        )
    )


def _figures(results: SweepResults) -> list[tuple[Markup, str]]:
    wanted = [
        (draw_against_evaluations, "auc", "Area under the ROC curve of boosted trees against evaluations."),
        (draw_against_evaluations, "fpd", "Fréchet distance of all observables against evaluations."),
        (draw_against_time, "auc", "Area under the ROC curve against the time of one shower alone."),
        (draw_against_time, "fpd", "Fréchet distance against the time of one shower alone."),
    ]  # fmt: skip
    drawn = []
    with plot_style():
        for number, (draw, score, caption) in enumerate(wanted):
            figure = draw(results, score)
            if figure is not None:
                band = " The band holds 90 % of samples that agree with Geant4."
                drawn.append((inline_svg(figure, f"sweep-{number}", caption), caption + band))
    return drawn
