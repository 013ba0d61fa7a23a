"""Ranges of incident energy, angles and separation, as given on the command line."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from calobench.errors import ConditionsError

__all__ = ["Range", "parse_range"]

_NUMBER = r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*"
_RANGE = re.compile(rf"{_NUMBER}(?::{_NUMBER})?")


class Range(NamedTuple):
    """A closed interval; ``low`` equals ``high`` for a fixed value."""

    low: float
    high: float

    def at(self, fraction: float) -> float:
        """The value at ``fraction`` (0 to 1) of the way from low to high."""
        return self.low + (self.high - self.low) * fraction

    def scaled(self, factor: float) -> Range:
        """The same interval in another unit."""
        return Range(self.low * factor, self.high * factor)

    def require_within(self, allowed: Range, option: str, unit: str, remedy: str) -> None:
        """Check that the interval lies inside ``allowed``; ``remedy`` ends the message.

        Raises:
            ConditionsError: it does not.
        """
        # The YAMLs and float32 files round angles such as 0.87, and users write 6.2832.
        slack = 1e-5 * max(abs(allowed.low), abs(allowed.high))
        if self.low < allowed.low - slack or self.high > allowed.high + slack:
            raise ConditionsError(f"{option} {self} is outside {allowed} {unit}; {remedy}")

    def __str__(self) -> str:
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g}:{self.high:g}"


def parse_range(text: str, option: str) -> Range:
    """Read ``LOW:HIGH`` or one fixed value.

    Raises:
        ConditionsError: not numbers, not finite, or low > high; the message names ``option``.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ConditionsError(
            f"{option} '{text}' is no range; write LOW:HIGH or one number, as 1:100"
        )
    low = float(match[1])
    high = low if match[2] is None else float(match[2])
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ConditionsError(f"{option} '{text}' is not finite; write LOW:HIGH or one number")
    if low > high:
        raise ConditionsError(f"{option} '{text}' runs backwards; write the lower value first")
    return Range(low, high)
