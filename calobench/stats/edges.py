"""Which bin a number lies in, the same on every processor.

Libraries compute powers, logarithms and sums with other instructions on other processors (numpy with and
without AVX-512, BLAS by core type), so that results differ in their last bits. A number that lies on an
edge by construction (a maximum that ends its own histogram, a ratio of small integers, the radius of a
ring) would then change its bin. Bins are therefore cut a little off their edges: what comes closer to an
edge than a millionth of the bin is on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["TOLERANCE", "bin_index", "cuts", "cuts_between"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

TOLERANCE = 1e-6
"""Part of a bin's width within which a value lies on an edge.

Ten times the rounding of single precision for bins as wide as their values, and a billion times that of
double precision; off the edges it moves one value in a million.
"""


def cuts(edges: Array, *, closed: bool = False) -> Array:
    """Where to cut bins so that rounding moves no value that lies on an edge.

    Each edge less :data:`TOLERANCE` of the narrower of the bins beside it: a bin owns its lower edge.

    Args:
        edges: increasing, (..., K+1) with K at least 1.
        closed: the last bin owns its upper edge too, as in :func:`numpy.histogram`.

    Returns:
        (..., K+1).
    """
    widths = np.diff(edges, axis=-1)
    slack = TOLERANCE * np.minimum(
        np.concatenate([widths[..., :1], widths], axis=-1),
        np.concatenate([widths, widths[..., -1:]], axis=-1),
    )
    if closed:
        slack[..., -1] *= -1
    return np.asarray(edges - slack)


def cuts_between(values: Array, edges: Array) -> Array:
    """Where to cut the bins of a quantity that takes few values: half-way between two of them.

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
