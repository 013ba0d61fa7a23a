"""All scores: those of every module of this package."""

from __future__ import annotations

from functools import cache

from calobench._util.discovery import discover
from calobench.evaluation.univariate.base import ScoreFunction

__all__ = ["all_scores"]


@cache
def all_scores() -> tuple[ScoreFunction, ...]:
    """Every score, in alphabetical order of their modules.

    A score is a module of this package with a tuple ``SCORES``.

    Raises:
        ValueError: two scores have the same name.
    """
    return discover("calobench.evaluation.univariate", "SCORES", ScoreFunction)
