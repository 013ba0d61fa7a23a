"""Figures of observables, with their numbers beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from calobench.report import captions
from calobench.report.chapters import anchors
from calobench.report.figures.distribution import draw_distribution
from calobench.report.figures.profile import SecondUnit, draw_profile
from calobench.report.figures.style import plot_style
from calobench.report.svg import inline_svg
from calobench.results.schema import DetectorRecord, ObservableResult, Profile, Results
from calobench.results.scores import ScoreRecord, page_scores
from calobench.verdict.observables import Status, judge

__all__ = ["Plot", "draw_observables", "second_unit"]


class Plot(NamedTuple):
    """A drawn observable."""

    observable: ObservableResult
    anchor: str
    status: Status | None
    svg: Markup
    numbers: list[captions.Number]


def draw_observables(results: Results, chosen: Sequence[ObservableResult]) -> list[Plot]:
    """Draw observables of a run; the same results give the same bytes.

    Args:
        results: of the run.
        chosen: which of its observables.
    """
    status = {one.observable.name: one.status for one in judge(results)}
    scores, replicas = page_scores(results), results.run.null_replicas
    places = anchors(results)
    with plot_style():
        return [
            Plot(
                one,
                places[one.name],
                status.get(one.name),
                _draw(one, results.detector, places[one.name], scores, replicas),
                captions.observable_numbers(one, scores, replicas),
            )
            for one in chosen
        ]


def second_unit(data: Profile, detector: DetectorRecord) -> SecondUnit | None:
    """Radiation lengths for depths, Moliere radii for radii, where the detector states them."""
    if data.axis_unit != "mm":
        return None
    if data.axis_label.startswith("depth") and detector.radiation_length_mm:
        return SecondUnit(detector.radiation_length_mm, "[X₀]")
    if data.axis_label.startswith("radius") and detector.moliere_radius_mm:
        return SecondUnit(detector.moliere_radius_mm, "[R_M]")
    return None


def _draw(
    observable: ObservableResult,
    detector: DetectorRecord,
    anchor: str,
    scores: Sequence[ScoreRecord],
    replicas: int,
) -> Markup:
    data = observable.data
    if isinstance(data, Profile):
        second = second_unit(data, detector)
        figure = draw_profile(data, observable.label, observable.unit, second=second)
    else:
        figure = draw_distribution(data, observable.label, observable.unit)
    return inline_svg(figure, f"{anchor}p", captions.observable_alt(observable, scores, replicas))
