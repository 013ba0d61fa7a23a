"""One self-contained HTML page from the results of a run."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from calobench import __version__
from calobench._util.atomic import write_text
from calobench._util.collector import collector_paused
from calobench._util.resources import report_templates_dir
from calobench.report.environment import level_class, page_environment, page_script
from calobench.report.first_screen import numbers, pictures, svg_of
from calobench.report.palette import colour_rule
from calobench.report.section import render_sections
from calobench.results.schema import Results
from calobench.results.seal import digest_of
from calobench.verdict.verdict import verdict_of

__all__ = ["render", "write_report"]


class _Shown(NamedTuple):
    """A picture ready for the page."""

    svg: Markup
    title: str


def render(results: Results) -> str:
    """The page as text. The same results give the same text."""
    folder = report_templates_dir()
    environment = page_environment()
    script = page_script("report.js")
    style = (folder / "report.css").read_text(encoding="utf-8")
    verdict = results.verdict or verdict_of(results)
    with collector_paused():
        return environment.get_template("report.html.j2").render(
            results=results,
            digest=digest_of(results),
            verdict=verdict,
            level=level_class(verdict.level),
            pictures=[_Shown(svg_of(one), one.title) for one in pictures(results)],
            numbers=numbers(results),
            sections=render_sections(results, environment),
            style=Markup(style + colour_rule(results.model.name)),
            script=script.text,
            script_hash=script.digest,
            version=__version__,
        )


def write_report(results: Results, path: Path) -> None:
    """Write the page atomically.

    Raises:
        OutputError: the place cannot be written.
    """
    write_text(path, render(results))
