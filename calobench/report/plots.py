"""All figures of a report, drawn and made ready for the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from calobench.report import captions
from calobench.report.figures.distribution import draw_distribution
from calobench.report.figures.energy import draw_resolution, draw_response
from calobench.report.figures.events import draw_event, draw_scale, shared_scale
from calobench.report.figures.overview import draw_overview
from calobench.report.figures.profile import draw_profile
from calobench.report.figures.style import plot_style
from calobench.report.summary import by_family
from calobench.report.svg import inline_svg
from calobench.results.schema import EventImage, ObservableResult, Profile, Results
from calobench.results.scores import ScoreRecord, page_scores
from calobench.verdict.observables import Judged, Status, judge

__all__ = ["EventPair", "Family", "Plot", "Plots", "draw_all"]

# More pairs say little more and cost 20 kB each.
_EVENT_PAIRS = 4


class Plot(NamedTuple):
    """A drawn observable."""

    observable: ObservableResult
    anchor: str
    status: Status | None
    svg: Markup
    numbers: list[captions.Number]


class Family(NamedTuple):
    """The plots of one family."""

    name: str
    anchor: str
    plots: list[Plot]


class EventPair(NamedTuple):
    """Geant4 and model side by side: (picture, caption) each; None where one is missing."""

    reference: tuple[Markup, str] | None
    model: tuple[Markup, str] | None


class Plots(NamedTuple):
    """Everything drawn."""

    overview: Markup | None
    families: list[Family]
    response: Markup
    resolution: Markup
    event_scale: Markup | None
    events: list[EventPair]


def draw_all(results: Results) -> Plots:
    """Draw the figures of a run; the same results give the same bytes."""
    judged = judge(results)
    with plot_style():
        return Plots(
            overview=_overview(judged),
            families=_families(results, judged),
            response=inline_svg(
                draw_response(results.energy_dependence),
                "response",
                captions.energy_alt(results.energy_dependence, "response"),
            ),
            resolution=inline_svg(
                draw_resolution(results.energy_dependence),
                "resolution",
                captions.energy_alt(results.energy_dependence, "resolution"),
            ),
            event_scale=_event_scale(results),
            events=_events(results),
        )


def _overview(judged: tuple[Judged, ...]) -> Markup | None:
    if not judged:
        return None
    above = [one.observable.label for one in judged if one.status is Status.DIFFERS]
    words = f"Scores over the 95 % quantile of their null, {len(judged)} observables. Differing: "
    return inline_svg(draw_overview(judged), "overview", words + (", ".join(above) or "none") + ".")


def _families(results: Results, judged: tuple[Judged, ...]) -> list[Family]:
    status = {one.observable.name: one.status for one in judged}
    scores, replicas = page_scores(results), results.run.null_replicas
    # Anchors are counted, not named: a plug-in's name can hold anything, and two can be the same.
    numbers = {id(observable): i for i, observable in enumerate(results.observables)}
    families = []
    for index, (name, observables) in enumerate(by_family(results).items()):
        plots = []
        for observable in observables:
            anchor = f"o{numbers[id(observable)]}"
            svg = _observable(observable, anchor, scores, replicas)
            lines = captions.observable_numbers(observable, scores, replicas)
            plots.append(Plot(observable, anchor, status.get(observable.name), svg, lines))
        families.append(Family(name, f"family-{index}", plots))
    return families


def _observable(
    observable: ObservableResult, anchor: str, scores: Sequence[ScoreRecord], replicas: int
) -> Markup:
    data = observable.data
    if isinstance(data, Profile):
        figure = draw_profile(data, observable.label, observable.unit)
    else:
        figure = draw_distribution(data, observable.label, observable.unit)
    return inline_svg(figure, f"{anchor}p", captions.observable_alt(observable, scores, replicas))


def _chosen(results: Results, source: str) -> list[EventImage]:
    return [event for event in results.events if event.source == source][:_EVENT_PAIRS]


def _event_scale(results: Results) -> Markup | None:
    if not results.events:
        return None
    scale = shared_scale(results.events)
    words = f"Colour scale, logarithmic, {scale.vmin:.2g} to {scale.vmax:.2g} MeV"
    return inline_svg(draw_scale(scale), "scale", words)


def _events(results: Results) -> list[EventPair]:
    scale = shared_scale(results.events)
    reference, model = _chosen(results, "reference"), _chosen(results, "model")
    pairs: list[EventPair] = []
    for index in range(max(len(reference), len(model))):
        drawn: list[tuple[Markup, str] | None] = []
        for key, events in (("g", reference), ("m", model)):
            if index >= len(events):
                drawn.append(None)
                continue
            event = events[index]
            words = captions.event_caption(event)
            svg = inline_svg(
                draw_event(event, results.detector, scale), f"e{key}{index}", f"Shower: {words}"
            )
            drawn.append((svg, words))
        pairs.append(EventPair(*drawn))
    return pairs
