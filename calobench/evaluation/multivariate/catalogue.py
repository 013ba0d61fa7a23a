"""All many-dimensional scores: those of every module of this package, and of other packages."""

from __future__ import annotations

from functools import cache

from calobench._util.discovery import discover
from calobench._util.foreign import is_foreign
from calobench.evaluation.multivariate.base import MultivariateFunction

__all__ = ["all_multivariate"]


@cache
def all_multivariate() -> tuple[MultivariateFunction, ...]:
    """Every many-dimensional score, in the order in which they are computed and shown.

    A score is a module of this package with a tuple ``SCORES``. Other packages register one, or a tuple
    of them, as an entry point of the group ``calobench.multivariate_scores``. Theirs come last, so that
    what they draw at random changes no other score.

    Raises:
        PluginError: two scores have the same name, or an entry point names something else.
    """
    scores = discover(
        "calobench.evaluation.multivariate",
        "SCORES",
        MultivariateFunction,
        "calobench.multivariate_scores",
    )
    return tuple(sorted(scores, key=lambda one: (is_foreign(one.compute), one.order)))
