"""The network on the cells, on the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calobench.report.score_rows import roc_figure, score_row, weights_figure
from calobench.report.section import Section
from calobench.results.multivariate import ClassifierTest
from calobench.results.schema import Results

__all__ = ["SECTION"]


def _context(results: Results) -> Mapping[str, object] | None:
    record = results.benchmark("cells", ClassifierTest)
    if record is None:
        return None
    trained = record.classifier
    return {
        "rows": [] if record.score is None else [score_row(record.score, results.run.alpha)],
        "notes": record.notes,
        "roc": None if trained is None else roc_figure(trained, "network"),
        "weights": None if trained is None else weights_figure(trained, "network"),
    }


SECTION = Section(
    "cells", "A network on the cells", 75, _context, Path(__file__).with_name("page.html.j2")
)
