"""A section of the report that results may or may not have: timing, many-dimensional scores, ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from calobench._util.discovery import discover
from calobench.results.schema import Results

__all__ = ["RenderedSection", "Section", "all_sections", "render_sections"]


@dataclass(frozen=True)
class Section:
    """One section; a module of :mod:`calobench.report.sections` lists it in ``SECTIONS``.

    Attributes:
        name: anchor on the page; its template is ``sections/<name>.html.j2``.
        title: heading.
        order: sections come in ascending order of it.
        context: what the template gets; None where the results have nothing for the section.
    """

    name: str
    title: str
    order: int
    context: Callable[[Results], Mapping[str, object] | None]


class RenderedSection(NamedTuple):
    """A section ready for the page."""

    anchor: str
    title: str
    body: Markup


@cache
def all_sections() -> tuple[Section, ...]:
    """Every section in the order of the page."""
    found = discover("calobench.report.sections", "SECTIONS", Section)
    return tuple(sorted(found, key=lambda section: section.order))


def render_sections(results: Results, environment: jinja2.Environment) -> list[RenderedSection]:
    """The sections that these results fill.

    Args:
        results: of a run.
        environment: finds the templates, and escapes.
    """
    rendered = []
    for section in all_sections():
        context = section.context(results)
        if context is not None:
            template = environment.get_template(f"sections/{section.name}.html.j2")
            body = Markup(template.render(**context))  # the template has escaped
            rendered.append(RenderedSection(section.name, section.title, body))
    return rendered
