"""Badges: the verdict of a model on a detector as a small picture, for a README."""

from __future__ import annotations

from typing import NamedTuple

from calobench.history.record import HistoryRecord
from calobench.report.environment import level_class, page_environment

__all__ = ["badge_svg"]

# White on these is readable (contrast above 4.5); the words say what the colour says.
_COLOURS = {
    "indistinguishable": "#0b6b57",
    "fit": "#0b6b57",
    "flaws": "#a8370a",
    "unusable": "#a3123f",
}
_UNKNOWN = "#575f6b"
# Of a letter of 11 units, on average, and of the room on either side.
_LETTER, _ROOM = 6.6, 12
_MAX_LETTERS = 40


class _Part(NamedTuple):
    words: str
    x: float
    width: float


def badge_svg(record: HistoryRecord) -> str:
    """The badge of a run's verdict.

    Args:
        record: of the run.
    """
    subject = f"{record.model} on {record.detector}"
    if len(subject) > _MAX_LETTERS:
        subject = f"{subject[: _MAX_LETTERS - 1]}…"
    left = _part(subject, 0)
    right = _part(record.level.value, left.width)
    return (
        page_environment()
        .get_template("badge.svg.j2")
        .render(
            left=left,
            right=right,
            width=left.width + right.width,
            colour=_COLOURS.get(level_class(record.level.value), _UNKNOWN),
            title=f"{record.model} on {record.detector}: {record.sentence} ({record.created_utc[:10]})",
        )
    )


def _part(words: str, x: float) -> _Part:
    return _Part(words, x, round(_LETTER * len(words) + _ROOM))
