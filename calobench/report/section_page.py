"""A small page of one section: a benchmark run on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from calobench import __version__
from calobench._util.resources import report_templates_dir
from calobench.report.environment import page_environment
from calobench.report.section import Section

__all__ = ["render_section_page"]


def render_section_page(
    section: Section, title: str, lines: Sequence[str], context: Mapping[str, object]
) -> str:
    """The page as text.

    Args:
        section: the section.
        title: of the page.
        lines: paragraphs before the section.
        context: what its template gets.
    """
    folder = report_templates_dir()
    environment = page_environment()
    body = section.render(environment, context)
    return environment.get_template("section.html.j2").render(
        title=title,
        lines=lines,
        body=body,
        style=Markup((folder / "report.css").read_text(encoding="utf-8")),
        version=__version__,
    )
