"""Bins of numbers, the same on every processor.

Libraries compute powers, logarithms and sums with other instructions on other processors (numpy with and
without AVX-512, BLAS by core type), so that results differ in their last bits. A number that lies on an
edge by construction (a maximum that ends its own histogram, a ratio of small integers, the radius of a
ring) would then change its bin. Bins are therefore cut a little off their edges: what comes closer to an
edge than a millionth of the bin is on it. Values that differ by less than rounding count as equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ROUNDING", "TOLERANCE", "BinTable", "bin_index", "cell_number", "cuts", "cuts_at_quantiles",
    "cuts_between", "is_new", "levels",
    "limit_above", "significant", "to_digits", "to_nearest",
]  # fmt: skip

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

TOLERANCE = 1e-6
"""Part of a bin's width within which a value lies on an edge.

Ten times the rounding of single precision for bins as wide as their values, and a billion times that of
double precision; off the edges it moves one value in a million.
"""

ROUNDING = 1e-12
"""Part of their size by which equal values may differ: some thousand roundings of double precision."""


def cuts(edges: Array, *, closed: bool = False) -> Array:
    """Cuts of bins such that rounding moves no value that lies on an edge.

    Each edge less :data:`TOLERANCE` of the narrower of the bins beside it, or of a lonely edge itself: a
    bin owns its lower edge.

    Args:
        edges: increasing, (..., K+1).
        closed: the last bin owns its upper edge too, as in :func:`numpy.histogram`.

    Returns:
        (..., K+1).
    """
    widths = np.diff(edges, axis=-1) if edges.shape[-1] > 1 else np.abs(edges)
    before = np.concatenate([widths[..., :1], widths], axis=-1)
    behind = np.concatenate([widths, widths[..., -1:]], axis=-1)
    slack = TOLERANCE * np.minimum(before, behind)[..., : edges.shape[-1]]
    if closed:
        slack[..., -1] *= -1
    return np.asarray(edges - slack)


def cuts_between(values: Array, edges: Array) -> Array:
    """Cuts of the bins of a quantity that takes few values: half-way between two of them.

    Every value stays in the bin in which comparison with ``edges`` puts it, the last bin owning its upper
    edge, and no rounding moves it.

    Args:
        values: all that occur, increasing, within the edges, (V,).
        edges: increasing, (K+1,).

    Returns:
        (K+1,), not decreasing: two cuts coincide where no value lies between two edges.
    """
    spacing = np.diff(values).min()
    around = np.concatenate([[values[0] - spacing], values, [values[-1] + spacing]])
    below = np.searchsorted(values, edges)
    below[-1] = np.searchsorted(values, edges[-1], side="right")
    return np.asarray((around[below] + around[below + 1]) / 2)


def cuts_at_quantiles(values: Array, quantiles: ArrayLike) -> Array:
    """Cuts of values into parts, half-way between two different ones: none lies on an edge.

    Args:
        values: no NaN, (N,).
        quantiles: increasing, between 0 and 1, (K,); of all cuts the one nearest to each is taken.

    Returns:
        Increasing, at most K; none where all values are the same.
    """
    distinct, counts = levels(values)
    if len(distinct) < 2:
        return np.empty(0)
    below = np.cumsum(counts)[:-1]
    target = np.multiply(quantiles, len(values))
    places = np.unique(np.abs(below[:, None] - target).argmin(axis=0))
    return np.asarray((distinct[places] + distinct[places + 1]) / 2)


class BinTable:
    """:func:`bin_index` of very many positive numbers: the same bins, from their leading bits.

    Numbers of the same leading bits lie in one bin or in two that follow each other: a table says which, and
    one comparison decides. Edges closer than a 256th of an octave are searched instead.

    Args:
        edges: increasing, (K+1,).
        closed: the last bin owns its upper edge too.
    """

    # Of a double: what is left are its sign, its exponent and 8 bits of its mantissa.
    _SHIFT = 44

    def __init__(self, edges: Array, *, closed: bool = False) -> None:
        self._cuts = np.append(cuts(edges, closed=closed), np.inf)
        keys = self._cuts[:-1].view(np.int64) >> self._SHIFT
        self._apart = bool(self._cuts[0] > 0 and np.all(np.diff(keys) > 0))
        if not self._apart:
            return
        self._first = int(keys[0]) - 1
        table = np.arange(self._first, int(keys[-1]) + 2)
        starts = (table << self._SHIFT).view(np.float64)
        self._bins = np.searchsorted(self._cuts[:-1], starts, side="right").astype(np.intp)

    @property
    def width(self) -> int:
        """Number of bins, the two outside included."""
        return len(self._cuts)

    def __call__(self, values: NDArray[np.floating]) -> Indices:
        """Bin of each value, from 0 to K+1.

        Args:
            values: positive, finite, (N,).
        """
        doubles = np.ascontiguousarray(values, np.float64)
        if not self._apart:
            return np.searchsorted(self._cuts[:-1], doubles, side="right")
        keys = doubles.view(np.int64) >> self._SHIFT
        keys -= self._first
        bins: Indices = self._bins.take(keys, mode="clip")
        bins += doubles >= self._cuts.take(bins, mode="clip")
        return bins


def bin_index(values: NDArray[np.floating], edges: Array, *, closed: bool = False) -> Indices:
    """Bin of each value: 0 is underflow, K+1 overflow; a bin owns its lower edge.

    NaN counts as overflow: what is undefined must not vanish.

    Args:
        values: (N,).
        edges: increasing, (K+1,).
        closed: the last bin owns its upper edge too, as in :func:`numpy.histogram`.

    Returns:
        (N,) from 0 to K+1.
    """
    return np.searchsorted(cuts(edges, closed=closed), values, side="right")


def cell_number(place: Array) -> NDArray[np.int64]:
    """Number of the cell of a regular grid that a place lies in; a cell owns its lower edge.

    Args:
        place: in widths of a cell, from the lower edge of cell 0, (...).

    Returns:
        (...).
    """
    return np.floor(place + TOLERANCE).astype(np.int64)


def to_nearest(place: Array) -> Array:
    """Distance of a place from the nearest whole number, in [-1/2, 1/2) but for the tolerance, (...).

    A place half-way between two belongs to the upper one, whatever its last bit says.
    """
    return np.asarray(place - cell_number(place + 0.5))


def limit_above(threshold: float) -> float:
    """The limit that a value must exceed to be above a threshold, and not to lie on it."""
    return threshold * (1 + TOLERANCE)


def to_digits(value: float, digits: int) -> float:
    """A number rounded to so many significant digits, at most 9.

    What lies half-way between two is rounded away from zero, whatever its last bit says: means of whole
    numbers often do.
    """
    return float(f"{value * (1 + ROUNDING):.{digits}g}")


def significant(values: Array, digits: int = 9) -> Array:
    """Values as :func:`to_digits`, (...): edges that are the same on every processor."""
    flat = [to_digits(value, digits) for value in np.ravel(values).tolist()]
    return np.array(flat).reshape(np.shape(values))


def is_new(increasing: Array) -> NDArray[np.bool_]:
    """True where values rise by more than :data:`ROUNDING`; the first counts as new.

    Rounding is that of the values themselves, or of a typical one: a difference of two numbers may be
    zero but for rounding.

    Args:
        increasing: no NaN, (N,).

    Returns:
        (N,).
    """
    if not len(increasing):
        return np.zeros(0, bool)
    size = np.abs(increasing)
    scale = np.maximum(np.maximum(size[1:], size[:-1]), np.median(size))
    with np.errstate(invalid="ignore"):
        step = np.diff(increasing)
        rises = (step > ROUNDING * scale) | np.isposinf(step)
    return np.append(True, rises)


def levels(values: Array) -> tuple[Array, Indices]:
    """The different values that occur, increasing, and how often each does.

    As :func:`numpy.unique`, with values that differ by rounding as one.

    Args:
        values: no NaN, (N,).
    """
    ordered = np.sort(values)
    first = np.flatnonzero(is_new(ordered))
    return ordered[first], np.diff(np.append(first, len(ordered)))
