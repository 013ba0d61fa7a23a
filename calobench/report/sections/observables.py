"""Longitudinal, lateral, azimuth, cells: the observables of each, chapter by chapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from calobench.report.chapters import CHAPTERS, Chapter, anchors, observables_of
from calobench.report.density import density_of
from calobench.report.figures.dependence import draw_binned
from calobench.report.figures.radial import draw_areal_density
from calobench.report.figures.style import plot_style
from calobench.report.observable_plots import draw_observables, second_unit
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.results.observable import ObservableResult, Profile, declared_observables
from calobench.results.schema import Results

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("observables.html.j2")


class _Extra(NamedTuple):
    title: str
    svg: Markup
    note: str


def _context(chapter: Chapter) -> Callable[[Results], Mapping[str, object] | None]:
    def context(results: Results) -> Mapping[str, object] | None:
        own = observables_of(results, chapter)
        if not own:
            return None
        declared = declared_observables(results)
        with plot_style():
            extras = [
                extra
                for draw in (_areal, _curves)
                for one in own
                for extra in draw(results, declared[one.name])
            ]
        return {
            "lead": chapter.lead,
            "plots": draw_observables(results, [one for one in own if one.part_of is None]),
            "parts": draw_observables(results, [one for one in own if one.part_of is not None]),
            "extras": extras,
            "name": chapter.name,
        }

    return context


def _areal(results: Results, one: ObservableResult) -> Iterator[_Extra]:
    """Energy per area of the rings."""
    density = density_of(one)
    if density is not None and isinstance(one.data, Profile):
        words = f"{one.label} per area of the ring, against radius"
        figure = draw_areal_density(density, second_unit(one.data, results.detector))
        note = "The energy density around the axis: the rings' energies over their areas."
        yield _Extra(
            "dE/dA", inline_svg(figure, f"areal-{anchors(results)[one.name]}", words), note
        )


def _curves(results: Results, one: ObservableResult) -> Iterator[_Extra]:
    """Its mean against conditions of the incident particle."""
    binned = () if results.sample is None else results.sample.binned
    for bins in binned:
        if bins.name not in one.curves:
            continue
        for values in bins.observables:
            if values.name == one.name:
                title = f"{one.label} against {bins.label}"
                figure = draw_binned(bins, values, one.label, one.unit)
                anchor = f"{anchors(results)[one.name]}-{bins.name}"
                yield _Extra(title, inline_svg(figure, anchor, title), "")


SECTIONS = tuple(
    Section(one.name, one.title, one.order, _context(one), _TEMPLATE)
    for one in CHAPTERS
    if one.name != "energy"
)
