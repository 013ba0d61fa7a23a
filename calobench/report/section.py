"""A section of the report that results may or may not have: timing, many-dimensional scores, ..."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from calobench._util.discovery import discover
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.results.schema import Results

__all__ = ["RenderedSection", "Section", "all_sections", "render_sections"]


@dataclass(frozen=True)
class Section:
    """One section: of a benchmark, or listed in ``SECTIONS`` by a module of this package's ``sections``.

    Attributes:
        name: anchor on the page.
        title: heading.
        order: sections come in ascending order of it: evidence 5, energy 10, longitudinal 20, lateral 30,
            azimuth 40, cells 50, correlations 60, classifiers 70, benchmarks 80, cost 90, provenance 100.
        context: what the template gets; None where the results have nothing for the section.
        template: a Jinja file, beside the module that declares the section.
    """

    name: str
    title: str
    order: int
    context: Callable[[Results], Mapping[str, object] | None]
    template: Path

    def render(self, environment: jinja2.Environment, context: Mapping[str, object]) -> Markup:
        """The section's HTML; the template escapes."""
        text = self.template.read_text(encoding="utf-8")
        return Markup(environment.from_string(text).render(**context))


class RenderedSection(NamedTuple):
    """A section ready for the page."""

    anchor: str
    title: str
    body: Markup


@cache
def all_sections() -> tuple[Section, ...]:
    """Every section, those of benchmarks among them, in the order of the page."""
    own = discover("calobench.report.sections", "SECTIONS", Section)
    further = [one.section() for one in all_benchmarks().values() if one.section is not None]
    return tuple(sorted((*own, *further), key=lambda section: section.order))


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
            body = section.render(environment, context)
            rendered.append(RenderedSection(section.name, section.title, body))
    return rendered
