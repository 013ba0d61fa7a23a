"""Figures and numbers as the bytes of files: the same results give the same bytes."""

from __future__ import annotations

import csv
import io
from typing import Any

from matplotlib.figure import Figure

from calobench.report.comparison.charts import Rows

__all__ = ["FIGURE_FORMATS", "csv_bytes", "figure_bytes"]

FIGURE_FORMATS = ("pdf", "png", "svg")

# No date, and no version of matplotlib in pictures that are compared byte by byte.
_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": "calobench", "Producer": None},
    "png": {"Software": "calobench"},
    "svg": {"Date": None, "Creator": "calobench"},
}
_DPI = 200


def figure_bytes(figure: Figure, form: str) -> bytes:
    """The figure as a file.

    Args:
        figure: drawn in :func:`calobench.report.publication.style.print_style`.
        form: one of :data:`FIGURE_FORMATS`.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format=form, dpi=_DPI, metadata=_METADATA[form])
    return stream.getvalue()


def csv_bytes(rows: Rows) -> bytes:
    """Lines as CSV in UTF-8; numbers with all their digits, nothing where there is none."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if cell is None else _text(cell) for cell in row])
    return stream.getvalue().encode()


def _text(cell: str | float) -> str:
    return cell if isinstance(cell, str) else f"{cell + 0.0:.9g}"
