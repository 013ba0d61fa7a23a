"""Differences that this page cannot see, with the power that was measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calobench.report.section import Section
from calobench.results.schema import Results
from calobench.verdict import verdict_of
from calobench.verdict.blind_spots import blind_spots

__all__ = ["SECTIONS"]


def _context(results: Results) -> Mapping[str, object]:
    verdict = results.verdict or verdict_of(results)
    return {
        "reach": verdict.reach,
        "not_shown": verdict.not_shown,
        "spots": blind_spots(results),
        "use": verdict.use,
    }


SECTIONS = (
    Section(
        name="blind-spots",
        title="What this page cannot see",
        order=95,
        context=_context,
        template=Path(__file__).with_suffix(".html.j2"),
    ),
)
