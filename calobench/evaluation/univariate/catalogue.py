"""All scores: those of every module of this package, and of other packages."""

from __future__ import annotations

from functools import cache

from calobench._util.discovery import discover
from calobench.evaluation.univariate.base import ScoreFunction

__all__ = ["all_scores"]


@cache
def all_scores() -> tuple[ScoreFunction, ...]:
    """Every score: those of calobench in alphabetical order of modules, then those of other packages.

    A score is a module of this package with a tuple ``SCORES``. Other packages register a score, or
    a tuple of them, as an entry point of the group ``calobench.scores``.

    Raises:
        PluginError: two scores have the same name, or an entry point names something else.
    """
    return discover("calobench.evaluation.univariate", "SCORES", ScoreFunction, "calobench.scores")
