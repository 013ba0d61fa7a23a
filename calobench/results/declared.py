"""Declarations of observables and scores, for results that are older than the declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from calobench.results.record import Record

__all__ = ["completed"]

_R = TypeVar("_R", bound=Record)


def completed(stored: _R, installed: Mapping[str, Any]) -> _R:
    """A stored record, with what it does not hold as the installed thing of its name declares it.

    Args:
        stored: as read, or as made.
        installed: what is declared, by field.
    """
    missing = {k: value for k, value in installed.items() if k not in stored.model_fields_set}
    return stored.model_copy(update=missing) if missing else stored
