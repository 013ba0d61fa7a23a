"""Marks of single numbers in tables: one test for itself, that decides nothing by itself."""

from __future__ import annotations

from calobench.verdict.observables import Status

__all__ = ["MARKED", "marked", "status_of"]

MARKED = 0.05
"""A number is marked where chance alone gives one as far in one of twenty cases, or fewer."""


def marked(p_value: float) -> bool:
    """Whether a number gets its star."""
    return p_value <= MARKED


def status_of(p_value: float, family_p_value: float | None, level: float) -> Status:
    """Statements about one score of several: it differs as one of its family, it may, or nothing is seen.

    Args:
        p_value: of the score by itself.
        family_p_value: of it among its family, which then counts; None where it has none.
        level: part of alpha that the family has.
    """
    p = p_value if family_p_value is None else family_p_value
    if p <= level:
        return Status.DIFFERS
    return Status.BORDERLINE if marked(p) else Status.COMPATIBLE
