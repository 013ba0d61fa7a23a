"""Evidence of the verdict: statements, and all observables at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from calobench.report import tables
from calobench.report.figures.overview import draw_overview
from calobench.report.figures.style import plot_style
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.report.verdict import verdict
from calobench.results.schema import Results
from calobench.verdict.decision import decide
from calobench.verdict.observables import Judged, Status

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("evidence.html.j2")


def _context(results: Results) -> Mapping[str, object]:
    decision = decide(results)
    return {
        "sentences": verdict(results, decision).sentences,
        "tiles": tables.tiles(results, decision),
        "overview": _overview(decision.judged),
    }


def _overview(judged: tuple[Judged, ...]) -> Markup | None:
    if not judged:
        return None
    above = [one.observable.label for one in judged if one.status is Status.DIFFERS]
    words = f"Scores over the 95 % quantile of their null, {len(judged)} observables. Differing: "
    with plot_style():
        return inline_svg(
            draw_overview(judged), "overview", words + (", ".join(above) or "none") + "."
        )


SECTIONS = (Section("evidence", "Evidence", 5, _context, _TEMPLATE),)
