"""Linear interpolation in many tables at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["TableSet"]

Array = NDArray[np.float64]


class TableSet:
    """Piecewise linear functions with equally many knots; constant outside the outermost ones.

    ``TableSet(x, y)(values, table)[k]`` is ``np.interp(values[k], x[table[k]], y[table[k]])``, without a
    loop over the tables: the interval is found by bisection of all values together.

    Args:
        x: knots, (tables, knots), increasing along the last axis.
        y: values at the knots, same shape.
    """

    def __init__(self, x: ArrayLike, y: ArrayLike) -> None:
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        tables, knots = x.shape
        # One entry more for what lies below the first knot, and as many as fill a power of two.
        self._size = 1 << knots.bit_length()
        shape = (tables, self._size)
        self._lower, self._x, self._y, self._slope = np.full(shape, np.inf), *np.zeros((3, *shape))
        known = slice(1, knots + 1)
        self._lower[:, 0], self._lower[:, known] = -np.inf, x
        self._x[:, known] = x
        self._y[:, 0], self._y[:, known] = y[:, 0], y
        rise, run = np.diff(y, axis=1), np.diff(x, axis=1)
        np.divide(rise, run, out=self._slope[:, 1:knots], where=run > 0)

    def __call__(self, values: NDArray[np.floating], table: NDArray[np.intp]) -> Array:
        """Evaluate.

        Args:
            values: (N,).
            table: the table that each value belongs to, (N,).

        Returns:
            (N,).
        """
        lower = self._lower.reshape(-1)
        place = table * self._size
        step = self._size // 2
        while step:
            ahead = place + step
            place += step * (lower.take(ahead) <= values)
            step //= 2
        x, y, slope = (a.reshape(-1).take(place) for a in (self._x, self._y, self._slope))
        found: Array = y + slope * (values - x)
        return found
