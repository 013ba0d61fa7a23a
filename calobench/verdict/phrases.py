"""A difference in plain words: "mean radius 2.0 ± 0.5 % too large (4.0 sigma)"."""

from __future__ import annotations

from collections.abc import Sequence

from calobench.results.verdict import Effect
from calobench.verdict.measure import Measurement
from calobench.verdict.names import Name
from calobench.verdict.numbers import measured, rounded

__all__ = ["effect_words", "in_unit", "unseen_words"]

_MIN_P = 0.001

_UNITS = {"sigma": "standard deviations"}


def effect_words(
    name: Name, quantity: str, unit: str, measurement: Measurement, *, differs: bool
) -> str:
    """One effect in words.

    Args:
        name: of the quantity.
        quantity: what it is: ``mean``, ``width``, ``shape`` or ``score``.
        unit: of the value.
        measurement: the value and its error.
        differs: whether it is said to be off, with how many sigma; if not, it is a number with its sign,
            and how many sigma it is by itself would say what the test of all numbers does not.
    """
    if quantity == "score":
        return f"{name.words} {measured(measurement.value, measurement.error)}"
    if quantity == "shape":
        return f"{name.words}: distributions {in_unit(measurement.value, measurement.error, unit)} apart"
    if not differs:
        sign = "+" if measurement.value > 0 else ""
        return f"{name.words} {sign}{in_unit(measurement.value, measurement.error, unit)}"
    sure = "" if measurement.sigmas is None else f" ({rounded(measurement.sigmas)} sigma)"
    direction = name.larger if measurement.value > 0 else name.smaller
    return (
        f"{name.words} {in_unit(abs(measurement.value), measurement.error, unit)} {direction}{sure}"
    )


def unseen_words(effects: Sequence[Effect], alpha: float) -> str:
    """The least likely of numbers of which none is called different.

    Its sigmas alone would contradict that: what counts is the p-value with all comparisons taken together.

    Args:
        effects: the numbers, at least one.
        alpha: false-alarm rate of the verdict.
    """
    effect = min(effects, key=lambda one: 1.0 if one.p_value is None else one.p_value)
    words = f"no difference seen at the {rounded(100 * alpha, 1)} % level; largest: {effect.words}"
    if effect.p_value is None:
        return words
    corrected = f"p < {_MIN_P}" if effect.p_value < _MIN_P else f"p = {rounded(effect.p_value)}"
    # One number alone does not overrule the tests that decide.
    alone = ", but no test of the samples objects" if effect.p_value <= alpha else ""
    return f"{words} (corrected {corrected}{alone})"


def in_unit(value: float, error: float | None, unit: str) -> str:
    """A number with error and unit."""
    unit = _UNITS.get(unit, unit)
    return f"{measured(value, error)} {unit}".rstrip()
