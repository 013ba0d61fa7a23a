"""Values with errors, rounded as the Particle Data Group does.

If the three leading digits of the error lie between 100 and 354, it is given with two digits; between 355
and 949 with one; from 950 to 999 it is rounded up to 1000 and given with two digits. The value ends where the
error does (Review of Particle Physics, Introduction, section 5.3).
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

__all__ = ["Rounded", "pdg_rounded"]

# As many digits as two floats can be apart.
_EXACT = Context(prec=700, rounding=ROUND_HALF_EVEN)


class Rounded(NamedTuple):
    """A value and its error with equal decimals.

    Attributes:
        value: text, with a hyphen for minus.
        error: text; None where there is no error.
    """

    value: str
    error: str | None


def pdg_rounded(value: float, error: float | None, digits: int = 3) -> Rounded:
    """Round a value and its error.

    Args:
        value: any number.
        error: one standard deviation; None, zero or not finite: there is none, and the value alone is
            rounded.
        digits: of a value without error.
    """
    if not math.isfinite(value):
        return Rounded("--", None)
    if error is None or not error > 0 or not math.isfinite(error):
        return Rounded(_plain(_significant(Decimal(repr(value)), digits)), None)
    unit = _last_place(Decimal(repr(error)))
    return Rounded(
        _plain(Decimal(repr(value)).quantize(unit, context=_EXACT)),
        _plain(Decimal(repr(error)).quantize(unit, context=_EXACT)),
    )


def _last_place(error: Decimal) -> Decimal:
    """The power of ten that an error, and its value, are rounded to."""
    three = _significant(error, 3)
    exponent = three.adjusted()
    leading = int(three.scaleb(2 - exponent))
    if leading <= 354:
        return Decimal(1).scaleb(exponent - 1)
    # From 950 on one digit gives 1000 of the next power: two digits, as many decimals.
    return Decimal(1).scaleb(exponent)


def _significant(number: Decimal, digits: int) -> Decimal:
    if number == 0:
        return Decimal(0)
    return number.quantize(Decimal(1).scaleb(number.adjusted() - digits + 1), context=_EXACT)


def _plain(number: Decimal) -> str:
    """Without an exponent, and without a sign where it is zero."""
    text = f"{number:f}"
    return text.removeprefix("-") if number == 0 else text
