"""Scores of a history, and their changes, in words: the same in terminal, page and feed."""

from __future__ import annotations

from calobench.history.trends import Shift
from calobench.report import text
from calobench.results.main_score import MainScore

__all__ = ["shift_words", "value_words"]


def value_words(score: MainScore) -> str:
    """``1.43 ± 0.32``, with its unit."""
    return _measured(score, (score.value, score.error))


def shift_words(score: MainScore, shift: Shift) -> str:
    """``from 1.4 ± 0.1 to 2.3 ± 0.2, worse, from the run of 2026-11-02 on (p = 0.001)``."""
    direction = {"worse": ", worse,", "better": ", better,", "other": ""}[shift.direction]
    p_value = text.number(shift.p_value, 1)
    return (
        f"from {_measured(score, shift.before)} to {_measured(score, shift.after)}{direction} from the run "
        f"of {shift.record.created_utc[:10]} on (p = {p_value})"
    )


def _measured(score: MainScore, value: tuple[float, float | None]) -> str:
    words = text.measured(*value, "%" if score.unit == "%" else "")
    return words if score.unit in ("", "%") else f"{words} {score.unit}"
