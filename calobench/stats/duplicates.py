"""Points that are the same as another: closer to it than independent points ever are.

How close that is, is told by a reference: a fraction of what its points are apart, of which each has its
nearest other one at some distance. A fraction of 0.1 finds what was changed a little; one of 0.01 finds the
same thing written twice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from calobench.stats.neighbours import distance_blocks, nearest_distance, neighbour_lists

__all__ = ["duplicate_distance", "duplicate_groups", "has_earlier_duplicate", "repeated_fraction"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

# Nearest neighbours that are asked whether they are the same point.
NEIGHBOURS = 8


def duplicate_distance(reference: Array, fraction: float) -> float:
    """Below this distance two points are duplicates: a part of the median nearest distance.

    Args:
        reference: independent points, (N, d), N at least 2.
        fraction: of that distance.
    """
    return fraction * float(np.median(nearest_distance(reference)))


def duplicate_groups(points: Array, distance: float) -> Indices:
    """Equal numbers for points that are duplicates, or duplicates of duplicates, (N,).

    Points of which all coordinates are 0 are nobody's duplicate.

    Args:
        points: (N, d).
        distance: see :func:`duplicate_distance`.
    """
    n = len(points)
    lists = neighbour_lists(points, min(NEIGHBOURS, n - 1))
    apart = np.stack(
        [np.sqrt(((points - points[column]) ** 2).sum(axis=1)) for column in lists.T], axis=1
    )
    alive = np.abs(points).sum(axis=1) > 0
    rows, columns = np.nonzero((apart <= distance) & alive[:, None] & alive[lists])
    graph = sparse.csr_array((np.ones(len(rows)), (rows, lists[rows, columns])), shape=(n, n))
    _, number = sparse.csgraph.connected_components(graph, directed=False)
    return np.asarray(number, dtype=np.intp)


def has_earlier_duplicate(points: Array, distance: float) -> Mask:
    """Whether each point is a duplicate of one that stands before it, (N,).

    Args:
        points: (N, d).
        distance: see :func:`duplicate_distance`.
    """
    repeated = np.zeros(len(points), bool)
    place = np.arange(len(points))
    for part, squares in distance_blocks(points, points):
        earlier = place[None, :] < place[part, None]
        repeated[part] = ((squares <= distance**2) & earlier).any(axis=1)
    return repeated


def repeated_fraction(number: Indices, chosen: Mask) -> float:
    """Fraction of the chosen points that have a duplicate among them.

    Args:
        number: as :func:`duplicate_groups` gives it, (N,).
        chosen: (N,).
    """
    counts = np.bincount(number[chosen], minlength=1)
    return float(counts[counts > 1].sum() / max(1, int(chosen.sum())))
