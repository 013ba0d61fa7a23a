"""A difference in plain words: "mean radius 2.0 ± 0.5 % too large (4.0 sigma)"."""

from __future__ import annotations

from calobench.verdict.measure import Measurement
from calobench.verdict.names import Name
from calobench.verdict.numbers import measured, rounded

__all__ = ["effect_words", "in_unit"]

_UNITS = {"sigma": "standard deviations"}


def effect_words(name: Name, quantity: str, unit: str, found: Measurement, *, differs: bool) -> str:
    """One effect in words.

    Args:
        name: of the quantity.
        quantity: what it is: ``mean``, ``width``, ``shape`` or ``score``.
        unit: of the value.
        found: the value and its error.
        differs: whether it is said to be off; if not, it is a number with its sign.
    """
    sure = "" if found.sigmas is None else f" ({rounded(found.sigmas)} sigma)"
    if quantity == "score":
        return f"{name.words} {measured(found.value, found.error)}"
    if quantity == "shape":
        return f"{name.words}: distributions {in_unit(found.value, found.error, unit)} apart"
    if not differs:
        sign = "+" if found.value > 0 else ""
        return f"{name.words} {sign}{in_unit(found.value, found.error, unit)}{sure}"
    direction = name.larger if found.value > 0 else name.smaller
    return f"{name.words} {in_unit(abs(found.value), found.error, unit)} {direction}{sure}"


def in_unit(value: float, error: float | None, unit: str) -> str:
    """A number with error and unit."""
    unit = _UNITS.get(unit, unit)
    return f"{measured(value, error)} {unit}".rstrip()
