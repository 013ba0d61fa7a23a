"""All observables: those of every family module of this package, and of other packages."""

from __future__ import annotations

from functools import cache

from calobench._util.discovery import discover
from calobench.observables.base import Observable

__all__ = ["all_observables"]


@cache
def all_observables() -> tuple[Observable, ...]:
    """Every observable: families of calobench in alphabetical order, then those of other packages.

    A family is a module of this package with a tuple ``OBSERVABLES``. Other packages register an
    observable, or a tuple of them, as an entry point of the group ``calobench.observables``.

    Raises:
        PluginError: two observables have the same name, or an entry point names something else.
    """
    return discover("calobench.observables", "OBSERVABLES", Observable, "calobench.observables")
