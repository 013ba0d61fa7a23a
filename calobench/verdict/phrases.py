"""A difference in plain words: "mean radius 2.0 ± 0.5 % too large (4.0 sigma)"."""

from __future__ import annotations

from calobench.verdict.measure import Measurement
from calobench.verdict.names import name_of
from calobench.verdict.numbers import measured, rounded

__all__ = ["effect_words", "in_unit"]

_UNITS = {"sigma": "standard deviations"}


def effect_words(observable: str, quantity: str, label: str, unit: str, found: Measurement) -> str:
    """One effect in words.

    Args:
        observable: its name.
        quantity: what of it.
        label: what the two are called.
        unit: of the value.
        found: the value and its error.
    """
    sure = "" if found.sigmas is None else f" ({rounded(found.sigmas)} sigma)"
    if quantity == "score":
        return f"{label} {measured(found.value, found.error)}"
    if quantity == "shape":
        return f"{label}: distributions {in_unit(found.value, found.error, unit)} apart"
    name = name_of(observable, quantity, label)
    direction = name.larger if found.value > 0 else name.smaller
    return f"{label} {in_unit(abs(found.value), found.error, unit)} {direction}{sure}"


def in_unit(value: float, error: float | None, unit: str) -> str:
    """A number with error and unit."""
    unit = _UNITS.get(unit, unit)
    return f"{measured(value, error)} {unit}".rstrip()
