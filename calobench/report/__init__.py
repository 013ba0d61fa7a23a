"""The HTML report: everything in it comes from ``results.json``."""

from __future__ import annotations

from calobench.report.html import render, write_report

__all__ = ["render", "write_report"]
