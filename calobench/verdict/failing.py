"""Condition under which a verdict ends a job: the meaning of ``--fail-on``."""

from __future__ import annotations

from typing import Literal

from calobench.results.verdict import Level

__all__ = ["FAIL_ON", "exit_code"]

FAIL_ON = {"fit": Level.FIT, "flaws": Level.FLAWS, "unusable": Level.UNUSABLE}
"""Names of the levels that a job may fail on; each means that level or a worse one."""


def exit_code(level: Level, fail_on: Level) -> Literal[0, 1, 3]:
    """0 for a better level, 1 for that level or a worse one, 3 where there is no verdict.

    The same codes as the gate's: that nothing can be said is no success.
    """
    if level is Level.NO_VERDICT:
        return 3
    return 1 if level.severity >= fail_on.severity else 0
