"""Linear and logarithmic axes of the site's small figures: from numbers to places, with round ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from calobench.report import text

__all__ = ["Axis", "Tick", "fitted"]

_STEPS = (1.0, 2.0, 5.0, 10.0)


class Tick(NamedTuple):
    """A number on an axis.

    Attributes:
        place: where, in units of the figure.
        label: the number.
    """

    place: float
    label: str


class Axis(NamedTuple):
    """An axis.

    Attributes:
        low: number at the start.
        high: number at the end, above it.
        start: place of the lowest number.
        stop: place of the highest.
        log: whether it is logarithmic.
    """

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def place(self, value: float) -> float:
        """Position of a number, to a tenth of a unit; what lies outside is at the end."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        part = (self._scaled(min(max(value, self.low), self.high)) - low) / (high - low)
        return round(self.start + part * (self.stop - self.start), 1)

    def holds(self, value: float) -> bool:
        """Whether a number is on the axis."""
        return self.low <= value <= self.high

    def ticks(self, count: int = 4) -> list[Tick]:
        """About so many round numbers."""
        values = self._decades() if self.log else self._steps(count)
        return [Tick(self.place(value), _label(value)) for value in values]

    def _scaled(self, value: float) -> float:
        return math.log10(value) if self.log else value

    def _steps(self, count: int) -> list[float]:
        rough = (self.high - self.low) / count
        scale = 10.0 ** math.floor(math.log10(rough))
        step = scale * next(one for one in _STEPS if one * scale >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [step * k for k in range(first, last + 1)]

    def _decades(self) -> list[float]:
        low, high = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        steps = (1,) if high - low > 2 else (1, 2, 5)
        values = [step * 10.0**k for k in range(low, high + 1) for step in steps]
        return [value for value in values if self.holds(value)]


def fitted(values: Sequence[float], start: float, stop: float, *, log: bool = False) -> Axis:
    """An axis that holds all numbers, with some room.

    Args:
        values: at least one; above zero where it is logarithmic.
        start: place of the lowest number.
        stop: place of the highest.
        log: whether it is logarithmic.
    """
    low, high = min(values), max(values)
    if log:
        room = max((high / low) ** 0.08, 1.1)
        return Axis(low / room, high * room, start, stop, log=True)
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return Axis(low - room, high + room, start, stop)


def _label(value: float) -> str:
    """A round number as short as it is."""
    plain = f"{value + 0.0:.6g}"
    return text.number(value, 2) if "e" in plain else plain.replace("-", "\N{MINUS SIGN}")
