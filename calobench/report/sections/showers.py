"""Showers as pictures: single ones of both samples, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from calobench.report import captions
from calobench.report.figures.events import draw_event, draw_scale, shared_scale
from calobench.report.figures.mean_showers import (
    RATIO_REACH,
    draw_mean,
    draw_mean_ratio,
    mean_scale,
)
from calobench.report.figures.style import plot_style
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.results.schema import EventImage, Results

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("showers.html.j2")

# More pairs say little more and cost 20 kB each.
_PAIRS = 4


class _Pair(NamedTuple):
    """Geant4 and model side by side: (picture, caption) each; None where one is missing."""

    reference: tuple[Markup, str] | None
    model: tuple[Markup, str] | None


def _context(results: Results) -> Mapping[str, object] | None:
    if not results.events and results.mean_showers is None:
        return None
    with plot_style():
        means = _means(results)
    if not results.events:
        return {"means": means, "pairs": []}
    scale = shared_scale(results.events)
    words = f"Colour scale, logarithmic, {scale.vmin:.2g} to {scale.vmax:.2g} MeV"
    with plot_style():
        return {
            "scale": inline_svg(draw_scale(scale), "scale", words),
            "pairs": _pairs(results),
            "means": means,
        }


def _means(results: Results) -> list[tuple[str, Markup, str]]:
    """Mean showers of both samples and their ratio: (title, picture, words)."""
    data, detector = results.mean_showers, results.detector
    if data is None:
        return []
    scale = mean_scale(data)
    drawn = [
        (
            name,
            inline_svg(draw_mean(one, detector, scale), f"mean-{name}", f"Mean shower, {name}"),
            "",
        )
        for name, one in (("Geant4", data.reference), ("model", data.model))
    ]
    ratio = inline_svg(
        draw_mean_ratio(data, detector), "mean-ratio", "Their ratio in depth and radius"
    )
    words = (
        f"Full colour from {100 * RATIO_REACH:g} % on; pale where it is within two errors of none."
    )
    return [*drawn, ("model over Geant4", ratio, words)]


def _pairs(results: Results) -> list[_Pair]:
    scale = shared_scale(results.events)
    reference, model = _chosen(results, "reference"), _chosen(results, "model")
    pairs: list[_Pair] = []
    for index in range(max(len(reference), len(model))):
        drawn: list[tuple[Markup, str] | None] = []
        for key, events in (("g", reference), ("m", model)):
            if index >= len(events):
                drawn.append(None)
                continue
            event = events[index]
            words = captions.event_caption(event)
            figure = draw_event(event, results.detector, scale)
            drawn.append((inline_svg(figure, f"e{key}{index}", f"Shower: {words}"), words))
        pairs.append(_Pair(*drawn))
    return pairs


def _chosen(results: Results, source: str) -> list[EventImage]:
    return [event for event in results.events if event.source == source][:_PAIRS]


SECTIONS = (Section("events", "Showers", 56, _context, _TEMPLATE),)
