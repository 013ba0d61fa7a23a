"""Longitudinal, lateral, azimuth, cells: the observables of each, chapter by chapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from calobench.report.chapters import CHAPTERS, Chapter, observables_of
from calobench.report.figures.dependence import draw_binned
from calobench.report.figures.radial import draw_areal_density
from calobench.report.figures.style import plot_style
from calobench.report.observable_plots import draw_observables, second_unit
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.results.schema import Profile, Results

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("observables.html.j2")

# Means against a condition of the incident particle that belong to a chapter.
_CURVES = {
    "longitudinal": (("centre_of_gravity_z", "energy"), ("centre_of_gravity_z", "theta")),
    "lateral": (("radius_90", "energy"), ("radius_90", "theta")),
    "cell-hits": (("cells_above_100kev", "energy"), ("hottest_cell", "energy")),
}
_AREAL = "ring_energy"


class _Extra(NamedTuple):
    title: str
    svg: Markup
    note: str


def _context(chapter: Chapter) -> Callable[[Results], Mapping[str, object] | None]:
    def context(results: Results) -> Mapping[str, object] | None:
        own = observables_of(results, chapter)
        if not own:
            return None
        with plot_style():
            extras = [*_areal(results, chapter), *_curves(results, chapter)]
        return {
            "lead": chapter.lead,
            "plots": draw_observables(results, [one for one in own if one.part_of is None]),
            "parts": draw_observables(results, [one for one in own if one.part_of is not None]),
            "extras": extras,
            "name": chapter.name,
        }

    return context


def _areal(results: Results, chapter: Chapter) -> Iterator[_Extra]:
    """Energy per area of the rings."""
    if chapter.name != "lateral":
        return
    for one in results.observables:
        if one.name == _AREAL and isinstance(one.data, Profile) and one.data.edges[0] >= 0:
            words = f"{one.label} per area of the ring, against radius"
            figure = draw_areal_density(one.data, one.unit, second_unit(one.data, results.detector))
            note = "The energy density around the axis: the rings' energies over their areas."
            yield _Extra("dE/dA", inline_svg(figure, "areal", words), note)


def _curves(results: Results, chapter: Chapter) -> Iterator[_Extra]:
    if results.sample is None:
        return
    found = {one.name: one for one in results.observables}
    for name, condition in _CURVES.get(chapter.name, ()):
        bins = next((one for one in results.sample.binned if one.name == condition), None)
        if bins is None or name not in found:
            continue
        values = next((one for one in bins.observables if one.name == name), None)
        if values is None:
            continue
        title = f"{found[name].label} against {bins.label}"
        figure = draw_binned(bins, values, found[name].label, found[name].unit)
        yield _Extra(title, inline_svg(figure, f"{name}-{condition}", title), "")


SECTIONS = tuple(
    Section(one.name, one.title, one.order, _context(one), _TEMPLATE)
    for one in CHAPTERS
    if one.name != "energy"
)
