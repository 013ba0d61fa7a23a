"""All that is needed to make the same numbers again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calobench.report import tables
from calobench.report.section import Section
from calobench.results.schema import Results

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("provenance.html.j2")


def _context(results: Results) -> Mapping[str, object]:
    return {"facts": tables.facts(results)}


SECTIONS = (Section("provenance", "Provenance", 100, _context, _TEMPLATE),)
