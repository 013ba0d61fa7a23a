"""All observables: those of every family module of this package."""

from __future__ import annotations

from functools import cache

from calobench._util.discovery import discover
from calobench.observables.base import Observable

__all__ = ["all_observables"]


@cache
def all_observables() -> tuple[Observable, ...]:
    """Every observable, families in alphabetical order.

    A family is a module of this package with a tuple ``OBSERVABLES``.

    Raises:
        ValueError: two observables have the same name.
    """
    return discover("calobench.observables", "OBSERVABLES", Observable)
