"""Observables that take few values: the middle of a layer, a number of cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import to_digits

__all__ = ["lattice_of"]

_MIN_VALUES = 4
_TOLERANCE = 1e-3
# Values closer than a twentieth of a bin make no comb that could be seen.
_FINEST = 0.05


def lattice_of(values: NDArray[np.float64], bin_width: float) -> tuple[float, float] | None:
    """The first of equally spaced values and their distance; None where values are not such.

    Bins that hold now one of them and now two draw a comb.

    Args:
        values: NaN where undefined, (N,).
        bin_width: of the histogram, in the unit of the values.
    """
    distinct = np.unique(values[np.isfinite(values)])
    if len(distinct) < _MIN_VALUES:
        return None
    steps = np.diff(distinct)
    # Equal values may differ by the rounding of single precision.
    steps = steps[steps > 1e-6 * np.abs(distinct).max()]
    if not len(steps):
        return None
    step = float(steps.min())
    places = (distinct - distinct[0]) / step
    if (
        step < _FINEST * bin_width
        or np.abs(places - np.round(places)).max() > _TOLERANCE * places.max()
    ):
        return None
    # The average over the range is known better than the smallest distance.
    step = float((distinct[-1] - distinct[0]) / np.round(places[-1]))
    return to_digits(float(distinct[0]), 6), to_digits(step, 6)
