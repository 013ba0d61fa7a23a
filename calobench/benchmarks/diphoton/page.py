"""The di-photon benchmark on the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from calobench.benchmarks.diphoton.figures import MIN_EVENTS, draw_curve, draw_pair
from calobench.benchmarks.diphoton.record import (
    CurveRecord,
    DiphotonResults,
    EventDisplay,
    Measured,
    SingleRecord,
)
from calobench.benchmarks.diphoton.words import few_pairs, half_resolved, would_be_seen
from calobench.report.figures.style import plot_style
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.report.text import energy, measured, number, p_value, percent
from calobench.results.schema import Results
from calobench.verdict.marks import marked

__all__ = ["SECTION", "context"]

_TEMPLATE = Path(__file__).with_name("page.html.j2")

# What is measured as a spread: its mean alone would say little.
_RESOLUTIONS = ("response", "position", "separation", "mass")


class _Plot(NamedTuple):
    title: str
    svg: Markup
    note: str
    direct: bool = False


class _Row(NamedTuple):
    name: str
    value: str
    null: str
    p: str
    seen: str
    n: str
    status: str


def _context(results: Results) -> Mapping[str, object] | None:
    record = results.benchmark("diphoton", DiphotonResults)
    return None if record is None else context(record)


def context(record: DiphotonResults) -> Mapping[str, object]:
    """The context of the template of the section."""
    with plot_style():
        return {
            "record": record,
            "energies": " and ".join(energy(e) for e in record.settings.energies_mev),
            "turnon": _turnon(record),
            "rows": [_row(curve, record) for curve in record.curves if curve.score],
            "few": few_pairs(record),
            "singles": _singles(record),
            "curves": _curves(record),
            "events": _events(record),
            "min_events": MIN_EVENTS,
        }


def _turnon(record: DiphotonResults) -> list[tuple[str, str]]:
    lines = [
        ("Geant4", half_resolved(record, "reference")),
        ("model", half_resolved(record, "model")),
    ]
    if record.turnon.p_value is not None:
        lines.append(("p of the difference", number(record.turnon.p_value, 2)))
    seen = would_be_seen(record, "half_separation")
    if seen:
        lines.append(("a difference that would be seen", seen))
    return lines


def _row(curve: CurveRecord, record: DiphotonResults) -> _Row:
    score = curve.score
    if score is None:
        raise ValueError(f"curve {curve.name} has no score")
    compatible = not marked(score.p_value)
    beyond = score.value - 2 * score.error > score.null_95
    status = "compatible" if compatible else "differs" if beyond else "borderline"
    if compatible and few_pairs(record):
        status = "too few pairs"
    return _Row(
        curve.label,
        measured(score.value, score.error),
        f"{number(score.null_median, 2)}, {number(score.null_95, 2)}",
        p_value(score.p_value, record.settings.replicas),
        would_be_seen(record, curve.name) or "\u2013",
        f"{score.n_model}, {score.n_reference}",
        status,
    )


def _singles(results: DiphotonResults) -> list[tuple[str, str, str]]:
    def both(field: str) -> tuple[str, str]:
        def text(record: SingleRecord) -> str:
            value: Measured = getattr(record, field)
            return percent(value.value, value.error)

        return text(results.single_reference), text(results.single_model)

    names = {
        "split": "found as two or more",
        "lost": "not found",
        "response": "energy of the leading one / incident",
        "resolution": "its resolution",
    }
    return [(title, *both(field)) for field, title in names.items()]


def _curves(record: DiphotonResults) -> list[_Plot]:
    edges = np.array(record.settings.edges_mm)
    plots = []
    for curve in record.curves:
        plots.append(_plot(curve, edges, resolution=False))
        if curve.name in _RESOLUTIONS:
            plots.append(_plot(curve, edges, resolution=True))
    return plots


def _plot(curve: CurveRecord, edges: np.ndarray, *, resolution: bool) -> _Plot:
    title = f"Resolution: {curve.label}" if resolution else curve.label[0].upper() + curve.label[1:]
    figure = draw_curve(curve, edges, "spread" if resolution else "value")
    key = f"diphoton-{curve.name}" + ("-resolution" if resolution else "")
    defined = sum(point.n for point in curve.model)
    note = "" if curve.score else f"Events with two photons found: {defined} of the model."
    drawn = inline_svg(figure, key, f"{title} against true separation")
    return _Plot(title, drawn, note, curve.direct is not None)


def _events(record: DiphotonResults) -> list[_Plot]:
    if not record.events:
        return []
    largest = max(max(event.energy_mev, default=1.0) for event in record.events)
    reach = 1.3 * max(record.settings.edges_mm)
    return [_display(event, index, reach, largest) for index, event in enumerate(record.events)]


def _display(event: EventDisplay, index: int, reach: float, largest: float) -> _Plot:
    who = "Geant4" if event.source == "reference" else "Model"
    verdict = {0: "nothing found", 1: "merged into one"}.get(event.found, f"{event.found} found")
    title = f"{who}: {number(event.separation_mm, 2)} mm apart, {verdict}"
    return _Plot(title, inline_svg(draw_pair(event, reach, largest), f"pair-{index}", title), "")


SECTION = Section("diphoton", "Two photons close together", 80, _context, _TEMPLATE)
