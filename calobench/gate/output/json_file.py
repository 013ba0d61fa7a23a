"""The whole report as JSON."""

from __future__ import annotations

from calobench.results.gate import GateReport

__all__ = ["to_json"]


def to_json(report: GateReport) -> str:
    """The whole report of the gate."""
    return report.model_dump_json(indent=1) + "\n"
