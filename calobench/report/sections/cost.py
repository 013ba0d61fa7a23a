"""Time and memory of the run itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calobench.report import tables
from calobench.report.section import Section
from calobench.results.schema import Results

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("cost.html.j2")


def _context(results: Results) -> Mapping[str, object] | None:
    stages = tables.stages(results)
    return {"stages": stages, "device": results.model.device} if stages else None


SECTIONS = (Section("cost", "Time and memory of this run", 92, _context, _TEMPLATE),)
