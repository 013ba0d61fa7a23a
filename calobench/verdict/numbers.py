"""Numbers in a sentence: rounded as their errors allow, in signs that every terminal has."""

from __future__ import annotations

import math

__all__ = ["measured", "rounded"]


def measured(value: float, error: float | None) -> str:
    """``2.0 ± 0.5``: as many decimals as give the error one digit, or two where the first is a 1 or 2."""
    if error is None or not math.isfinite(error) or error <= 0:
        return rounded(value)
    decimals = -math.floor(math.log10(error)) + (f"{error:e}"[0] in "12")
    if decimals < 0:
        return f"{round(value, decimals):.0f} ± {round(error, decimals):.0f}"
    # What rounds to nothing has no sign of its own.
    return f"{round(value, decimals) + 0.0:.{decimals}f} ± {error:.{decimals}f}"


def rounded(value: float, digits: int = 2) -> str:
    """Significant digits, never as a power of ten where zeros are few."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    exponent = math.floor(math.log10(abs(value)))
    if not -4 < exponent < 6:
        return f"{value:.{digits}g}"
    decimals = max(0, digits - 1 - exponent)
    return f"{value:.{decimals}f}"
