"""The report of a gate as a small picture: the main metrics before and after, and both verdicts."""

from __future__ import annotations

import textwrap

from calobench.gate.output.bars import bars_of
from calobench.gate.output.wording import headline
from calobench.report.environment import page_environment
from calobench.results.gate import GateReport

__all__ = ["gate_svg"]

_COLOURS = {"PASS": "#0b6b57", "REGRESSION": "#a3123f", "NO VERDICT": "#575f6b"}
_MARKS = {"PASS": "✓", "REGRESSION": "▲", "NO VERDICT": "–"}
_LETTERS = 92


def gate_svg(report: GateReport) -> str:
    """The picture as SVG.

    Args:
        report: of the gate.
    """
    itself = report.model_verdict and f"By itself: {report.model_verdict}"
    lines = [
        *textwrap.wrap(f"Against the baseline: {headline(report)}", _LETTERS)[:2],
        *textwrap.wrap(itself, _LETTERS)[:2],
    ]
    return (
        page_environment()
        .get_template("gate.svg.j2")
        .render(
            report=report,
            lines=lines,
            bars=bars_of(report),
            colour=_COLOURS[report.verdict],
            mark=_MARKS[report.verdict],
            title=f"calobench gate: {report.verdict}. {' '.join(lines)}",
        )
    )
