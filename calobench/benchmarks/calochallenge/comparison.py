"""The page that puts several runs of the CaloChallenge's protocol side by side."""

from __future__ import annotations

from markupsafe import Markup

from calobench import __version__
from calobench._util.resources import report_templates_dir
from calobench.benchmarks.calochallenge.charts import layer_charts, single_charts
from calobench.benchmarks.calochallenge.several import ChallengeRuns, in_words
from calobench.benchmarks.calochallenge.tables import measure_table, position_table
from calobench.report import text
from calobench.report.comparison.drawing import draw
from calobench.report.environment import page_environment
from calobench.report.figures.style import plot_style
from calobench.report.publication.tables import plain_cell
from calobench.report.svg import inline_svg
from calobench.report.swatch import swatch

__all__ = ["render_challenge_comparison"]


def render_challenge_comparison(runs: ChallengeRuns) -> str:
    """The page as text. The same results give the same text."""
    folder = report_templates_dir()
    environment = page_environment()
    environment.filters["plain"] = plain_cell
    style = "".join(
        (folder / name).read_text(encoding="utf-8") for name in ("report.css", "comparison.css")
    )
    words = dict(in_words(runs))
    figures = []
    with plot_style():
        for index, chart in enumerate((*single_charts(runs), *layer_charts(runs))):
            alt = f"{chart.title}: {chart.description} Models: {', '.join(words)}."
            figures.append((chart, inline_svg(draw(chart), f"c{index}", alt)))
    return environment.get_template("calochallenge_comparison.html.j2").render(
        runs=runs,
        cards=[(run, swatch(run.look), words[run.name]) for run in runs.runs],
        tables=[measure_table(runs), position_table(runs)],
        figures=figures,
        text=text,
        style=Markup(style),
        version=__version__,
    )
