"""The HTML report: everything in it comes from ``results.json``.

matplotlib is imported when something is drawn: what reads and checks results does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calobench._util.backend import drop_missing_backend

if TYPE_CHECKING:
    from calobench.report.html import render, write_report

__all__ = ["render", "write_report"]

drop_missing_backend()


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'calobench.report' has no attribute '{name}'")
    from calobench.report import html

    return getattr(html, name)
