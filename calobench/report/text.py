"""Numbers in words of the field: a value with its error, rounded as its error allows."""

from __future__ import annotations

import math

__all__ = [
    "counted",
    "duration",
    "energy",
    "grouped",
    "measured",
    "number",
    "p_value",
    "percent",
    "size",
]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MINUS = "\N{MINUS SIGN}"
_THIN = "\N{NARROW NO-BREAK SPACE}"
# A number and its error are not torn apart at the end of a line.
_PM = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"


def number(value: float, digits: int = 3) -> str:
    """``digits`` significant digits; powers of ten where zeros would be many."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    exponent = math.floor(math.log10(abs(value)))
    rounded = float(f"{value:.{digits - 1}e}")
    if -4 < exponent < 6:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
        return _typeset(f"{rounded:.{decimals}f}")
    return _typeset(_scientific(f"{value:.{digits - 1}e}"))


def measured(value: float, error: float | None, unit: str = "") -> str:
    """Value ± error, two significant digits of the error; ``unit`` is a suffix such as ``%``.

    Without an error, as of very few showers, the value stands alone.
    """
    tail = f"{_THIN}{unit}" if unit else ""
    if error is None:
        return f"{number(value, 2)}{tail}"
    if not error > 0 or not math.isfinite(error):
        return f"{number(value)}{_PM}0{tail}"
    largest = math.floor(math.log10(max(abs(value), error)))
    if -4 < largest < 6:
        decimals = max(0, 1 - math.floor(math.log10(error)))
        if decimals <= 6:
            text = f"{value:.{decimals}f}{_PM}{error:.{decimals}f}"
            return _typeset(f"({text})" if tail else text) + tail
    decimals = max(0, 1 - math.floor(math.log10(error)) + largest)
    if decimals > 6:
        # So small an error would be rounded away beside its value: it is written on its own.
        return f"{number(value)}{_PM}{number(error, 2)}{tail}"
    scale = 10.0**largest
    text = f"({value / scale:.{decimals}f}{_PM}{error / scale:.{decimals}f})"
    return _typeset(f"{text}×10{str(largest).translate(_SUPERSCRIPT)}") + tail


def percent(value: float, error: float, *, signed: bool = False) -> str:
    """A fraction and its error as ``(1.2 ± 0.3) %``; ``signed`` writes a plus too."""
    text = measured(100 * value, 100 * error, "%")
    return text.replace("(", "(+", 1) if signed and value > 0 else text


def p_value(p: float, replicas: int) -> str:
    """No p-value is smaller than what the replicas resolve."""
    if replicas > 0 and p < 1 / replicas:
        return f"< {number(1 / replicas, 1)}"
    return number(p, 2)


def counted(n: int, thing: str) -> str:
    """``1 observable``, ``2 000 observables``."""
    return f"{grouped(n)} {thing}{'' if n == 1 else 's'}"


def grouped(n: int) -> str:
    """An integer with its thousands apart."""
    return f"{n:,}".replace(",", _THIN)


def energy(mev: float) -> str:
    """MeV, GeV or TeV."""
    for unit, factor in (("TeV", 1e6), ("GeV", 1e3)):
        if abs(mev) >= factor:
            return f"{number(mev / factor)} {unit}"
    return f"{number(mev)} MeV"


def duration(seconds: float) -> str:
    """Seconds in a unit that suits."""
    for unit, factor in (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3)):
        if seconds >= 2 * factor or (unit == "s" and seconds >= 1):
            return f"{number(seconds / factor)} {unit}"
    return f"{number(seconds * 1e6)} µs"


def size(n_bytes: float) -> str:
    """Bytes in binary units."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if n_bytes >= factor:
            return f"{number(n_bytes / factor)} {unit}"
    return f"{n_bytes:.0f} B"


def _scientific(text: str) -> str:
    mantissa, exponent = text.split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _typeset(text: str) -> str:
    return text.replace("-", _MINUS)
