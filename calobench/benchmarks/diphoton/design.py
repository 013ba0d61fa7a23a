"""Design of the pairs: showers and their separations.

A pair of showers is placed once in every bin of separation, at a random place in the bin: the events of
one bin are then independent of each other, and a pair is one independent draw of the whole curve.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import TOLERANCE
from calobench.errors import ConditionsError

__all__ = ["Design", "make_design", "separation_edges", "single_vertices"]

VERTEX_Z_MM = 50.0
"""Mid-point of the two photons along the beam: not the very middle of the detector."""

Floats = NDArray[np.float64]


class Design(NamedTuple):
    """E = P x K events of P pairs in K bins, bins of one pair in a row.

    Attributes:
        pair: index of the pair, (E,).
        bin: index of the bin, (E,).
        separation: mm, (E,).
        vertex: mid-point on the face, (y, z), mm, (E, 2).
    """

    pair: NDArray[np.intp]
    bin: NDArray[np.intp]
    separation: Floats
    vertex: Floats


def separation_edges(low: float, high: float, cell_mm: float) -> Floats:
    """Bins as wide as a cell from ``low`` to ``high``, mm; the last may be narrower.

    Raises:
        ConditionsError: the range is empty, or starts below zero.
    """
    if not 0 <= low < high:
        raise ConditionsError(
            f"--separation {low:g}:{high:g} is no range; give LOW:HIGH in mm with 0 <= LOW < HIGH"
        )
    edges = np.arange(low, high, cell_mm)
    # A sliver at the end joins its neighbour; half a cell is none, whatever its last bit says.
    if len(edges) > 1 and high - edges[-1] < 0.5 * cell_mm * (1 - TOLERANCE):
        edges = edges[:-1]
    return np.append(edges, high)


def make_design(
    pairs: int, edges: Floats, pitch_mm: tuple[float, float], rng: np.random.Generator
) -> Design:
    """Draw the events.

    Args:
        pairs: number of pairs of showers, P.
        edges: of the bins of separation, mm, (K + 1,).
        pitch_mm: size of a cell across and along the beam; the mid-point is uniform within one, so that no
            event sees the borders of the cells at a chosen place.
        rng: draws separations and mid-points.
    """
    bins = len(edges) - 1
    pair, bin_ = (index.ravel() for index in np.indices((pairs, bins)))
    low, high = edges[bin_], edges[bin_ + 1]
    separation = low + (high - low) * rng.random(len(bin_))
    return Design(pair, bin_, separation, single_vertices(len(bin_), pitch_mm, rng))


def single_vertices(n: int, pitch_mm: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Points at which ``n`` single photons, or mid-points of two, hit the face: (y, z), mm, (n, 2)."""
    jitter = (rng.random((n, 2)) - 0.5) * np.asarray(pitch_mm)
    return np.asarray(jitter + np.array([0.0, VERTEX_Z_MM]))
