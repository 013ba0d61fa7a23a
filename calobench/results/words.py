"""Words for the direction in which an observable is off."""

from __future__ import annotations

from dataclasses import asdict
from typing import Self

from pydantic import Field

from calobench.observables.base import PlainWords
from calobench.results.record import Record

__all__ = ["PlainRecord"]


class PlainRecord(Record):
    """Names of the mean and the width of an observable, and what the mean is when it is off."""

    mean: str = Field(description="e.g. 'mean depth'")
    larger: str = Field(default="too large", description="than Geant4's, e.g. 'too deep'")
    smaller: str = Field(default="too small", description="e.g. 'too shallow'")
    width: str = Field(
        default="", description="e.g. 'resolution'; '': the spread of the mean's name"
    )

    @classmethod
    def of(cls, words: PlainWords | None) -> Self | None:
        """The record of what an observable declares."""
        return None if words is None else cls(**asdict(words))
