"""Positions and labels of ticks: plain numbers, powers of ten in their unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import Formatter, Locator, LogLocator, NullLocator
from numpy.typing import NDArray

__all__ = ["LogTicks", "Thousands", "minor_ticks", "power_of_ten", "titled"]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MINUS = "\N{MINUS SIGN}"
_MAX_DECIMALS = 6
_MINOR_PARTS = 5
_PREFIXED = {
    ("10³", "MeV"): "GeV",
    ("10⁶", "MeV"): "TeV",
    ("10⁻³", "MeV"): "keV",
    ("10⁻⁶", "MeV"): "eV",
}

Array = NDArray[np.float64]


def power_of_ten(value: float) -> str:
    """A tick of a logarithmic axis: 0.01, 1, 20, 10⁴, 5·10⁻³; '' for what has no logarithm."""
    if value <= 0:
        return ""
    exponent = math.floor(math.log10(value) + 1e-9)
    digit = round(value / 10.0**exponent)
    if -2 <= exponent <= 3:
        return f"{value:g}"
    power = _power(exponent)
    return power if digit == 1 else f"{digit}·{power}"


def _power(exponent: int) -> str:
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


class LogTicks(LogLocator):
    """As many ticks as can be read, whatever part of how many decades is shown."""

    _MAX_TICKS, _MIN_TICKS = 7, 2

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Ticks from below the limits to above them: powers of ten, their multiples too where few are."""
        low, high = math.floor(math.log10(vmin)), math.ceil(math.log10(vmax))
        step = max(1, math.ceil((high - low + 1) / self._MAX_TICKS))
        ticks: list[float] = []
        for digits in ((1,), (1, 2, 5), range(1, 10)):
            ticks = [d * 10.0**k for k in range(low, high + 1, step) for d in digits]
            if sum(vmin <= tick <= vmax for tick in ticks) >= self._MIN_TICKS:
                break
        return ticks


class Thousands(Formatter):
    """Plain numbers; in thousands or thousandths where they would be long (:meth:`get_offset`)."""

    _exponent = 0

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 - of the class above
        """One number by itself."""
        return f"{x:g}".replace("-", _MINUS)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All ticks with as many decimals as their distance needs."""
        ticks = np.asarray(values, dtype=np.float64)
        largest = float(np.abs(ticks).max(initial=0.0))
        long = largest > 0 and not 1e-2 <= largest < 1e4
        self._exponent = 3 * math.floor(math.log10(largest) / 3 + 1e-9) if long else 0
        shown = ticks / 10.0**self._exponent
        step = (
            float(np.diff(shown).min(initial=np.inf))
            if len(shown) > 1
            else abs(float(shown.sum())) or 1.0
        )
        decimals = next(
            (
                d
                for d in range(_MAX_DECIMALS)
                if round(step * 10**d) and abs(step * 10**d / round(step * 10**d) - 1) < 1e-3
            ),
            _MAX_DECIMALS,
        )
        return [f"{value + 0.0:.{decimals}f}".replace("-", _MINUS) for value in shown.tolist()]

    def get_offset(self) -> str:
        """The power of ten, or ''."""
        return _power(self._exponent) if self._exponent else ""


def minor_ticks(locator: Locator, major: Array, low: float, high: float, *, log: bool) -> Array:
    """Between the major ticks: fifths, or the digits of a decade.

    Args:
        locator: of the major ticks.
        major: values of the major ticks, (K,).
        low: end of the axis.
        high: end of the axis.
        log: whether it is logarithmic.
    """
    if isinstance(locator, NullLocator):
        return np.zeros(0)
    low, high = sorted((low, high))
    if log:
        decades = np.arange(float(np.floor(np.log10(low))), float(np.ceil(np.log10(high))))
        if len(decades) > 10:
            return np.zeros(0)
        values: Array = (10.0 ** decades[:, None] * np.arange(2, 10)).ravel()
    else:
        if len(major) < 2:
            return np.zeros(0)
        step = (major[1] - major[0]) / _MINOR_PARTS
        first = major[0] - step * np.ceil((major[0] - low) / step)
        values = first + step * np.arange(int((high - first) / step) + 2)
    return values[(values > low) & (values < high)]


def titled(title: str, power: str) -> str:
    """A title with a power of ten in its unit: at the end of the axis it would lie on the title."""
    if not power or not title or power in title:
        return title
    name, _, unit = (
        title.removesuffix("]").rpartition(" [") if title.endswith("]") else (title, "", "")
    )
    prefixed = _PREFIXED.get((power, unit), f"{power} {unit}".strip())
    return f"{name} [{prefixed}]"
