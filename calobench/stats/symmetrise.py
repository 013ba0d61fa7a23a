"""The scale on which an observable is closer to a Gaussian: its own, or its logarithm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Symmetriser", "symmetrisers"]

Array = NDArray[np.float64]

# Where some values are 0, a logarithm needs a shift: this part of the median of the others.
SHIFT = 0.1


@dataclass(frozen=True)
class Symmetriser:
    """y = x / unit, or y = ln(x + shift) / unit.

    Below the smallest value it was made from the logarithm goes on as its tangent: it stays
    increasing and finite, also where another sample has a 0.

    Attributes:
        log: whether it is the logarithm.
        shift: added to the value.
        smallest: value plus shift below which the logarithm is a straight line.
        unit: what the result is divided by.
    """

    log: bool = False
    shift: float = 0.0
    smallest: float = 0.0
    unit: float = 1.0

    def divided_by(self, unit: float) -> Self:
        """The same function in another unit."""
        return replace(self, unit=self.unit * unit)

    def __call__(self, x: Array) -> Array:
        """Transform values, NaN where they are, (N,)."""
        if not self.log:
            return x / self.unit
        shifted = x + self.shift
        inside = np.maximum(shifted, self.smallest)
        value: Array = (np.log(inside) + (shifted - inside) / inside) / self.unit
        return value

    def slope(self, x: Array) -> Array:
        """Derivative, (N,)."""
        if not self.log:
            return np.full_like(x, 1 / self.unit)
        slope: Array = 1 / np.maximum(x + self.shift, self.smallest) / self.unit
        return slope


def symmetrisers(x: Array) -> tuple[Symmetriser, ...]:
    """The scales that a sample allows: a logarithm only if no value is negative and one positive.

    Args:
        x: finite values, (N,).
    """
    positive = x[x > 0]
    if not len(positive) or x.min() < 0:
        return (Symmetriser(),)
    shift = SHIFT * float(np.median(positive)) if len(positive) < len(x) else 0.0
    return Symmetriser(), Symmetriser(log=True, shift=shift, smallest=float(x.min()) + shift)
