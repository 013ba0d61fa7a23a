"""Scores of all observables together for which a table of several runs has room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

__all__ = ["score_columns"]

_ROOM = 2


class _Score(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...


class _Row(Protocol):
    @property
    def scores(self) -> Sequence[_Score]: ...


def score_columns(rows: Iterable[_Row]) -> dict[str, str]:
    """Labels of the first scores that any row has, by name.

    Args:
        rows: each with its scores, the first to be shown first.
    """
    labels = {score.name: score.label for row in rows for score in row.scores}
    return dict(list(labels.items())[:_ROOM])
