"""The quantities of a detector's YAML, and how large they may be.

The limits are far beyond any detector. They keep out slips of units and powers, which would otherwise
end in an overflow, or in more memory than there is.
"""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import AfterValidator, Field

__all__ = ["Angle", "Count", "Energy", "Length", "Pitch", "Positive", "Range", "Visible"]

_KILOMETRE = 1e6  # mm
_PETAELECTRONVOLT = 1e9  # MeV

Positive = Annotated[float, Field(gt=0, le=1e6)]
Count = Annotated[int, Field(gt=0, le=10_000)]
Length = Annotated[float, Field(gt=0, le=_KILOMETRE, description="mm")]
Pitch = Annotated[float, Field(ge=0.1, le=_KILOMETRE, description="size of a cell, mm")]
Energy = Annotated[float, Field(gt=0, le=_PETAELECTRONVOLT, description="MeV")]
Visible = Annotated[float, Field(ge=0, le=_PETAELECTRONVOLT, description="MeV in cells, or none")]
Angle = Annotated[float, Field(gt=0, lt=math.pi, description="polar angle, rad")]


def _rising(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = limits
    if low >= high:
        raise ValueError("must be [low, high] with low < high")
    return limits


Range = AfterValidator(_rising)
"""Marks a pair as [low, high]."""
