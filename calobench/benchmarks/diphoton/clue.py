"""CLUE: clustering by energy density (Rovere et al., arXiv:2001.09761).

Every point gets a density, the energy around it, and follows the nearest point of higher density.
Points that are dense and far from any denser one are the seeds of clusters; points that are neither
dense nor near a denser one are outliers. Many events are clustered in one call: points of different
groups (an event, or a layer of an event) never see each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["OUTLIER", "ClueParameters", "Neighbours", "assign", "clue", "neighbours_within"]

OUTLIER = -1
NEIGHBOUR_WEIGHT = 0.5
_RESOLUTION_MM = 1e-6
# Cells of a grid may be as far apart as a parameter says: they are within it, whatever their last bit.
_SLACK_MM = _RESOLUTION_MM / 2

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class ClueParameters:
    """The three parameters of CLUE, named as in k4Clue (arXiv:2311.03089).

    Attributes:
        dc_mm: reach of the density, and least distance of a seed from a denser point, mm.
        rhoc_mev: least density of a seed, MeV.
        outlier_delta_factor: a point below ``rhoc_mev`` further than this many ``dc_mm`` from a denser
            one is an outlier; at least 1.
    """

    dc_mm: float
    rhoc_mev: float
    outlier_delta_factor: float = 2.0

    @property
    def reach_mm(self) -> float:
        """The furthest that a point can matter, mm."""
        return self.dc_mm * max(self.outlier_delta_factor, 1.0)


@dataclass(frozen=True)
class Neighbours:
    """Pairs of points near each other, each pair once in either direction.

    Attributes:
        first: index of a point, (K,).
        second: index of its neighbour, (K,).
        distance: mm, (K,).
    """

    first: Indices
    second: Indices
    distance: Floats


def neighbours_within(positions: Floats, group: Indices, reach: float) -> Neighbours:
    """All pairs of points of one group at most ``reach`` apart.

    Args:
        positions: mm, (N, D).
        group: points of different groups are never neighbours; whole numbers from 0, (N,).
        reach: mm.
    """
    # One more coordinate keeps groups apart, so that one tree serves all of them.
    apart = np.column_stack([positions, group * (4.0 * reach)])
    pairs = cKDTree(apart, balanced_tree=False, compact_nodes=False).query_pairs(
        reach + _SLACK_MM, output_type="ndarray"
    )
    one, other = pairs[:, 0], pairs[:, 1]
    distance = np.sqrt(((positions[one] - positions[other]) ** 2).sum(axis=1))
    # Equal distances between cells of a grid must stay equal, wherever on the grid they are.
    distance = np.rint(distance / _RESOLUTION_MM) * _RESOLUTION_MM
    return Neighbours(
        np.concatenate([one, other]),
        np.concatenate([other, one]),
        np.concatenate([distance, distance]),
    )


def assign(energy: Floats, neighbours: Neighbours, parameters: ClueParameters) -> Indices:
    """Give every point its cluster.

    Args:
        energy: MeV, (N,).
        neighbours: all pairs up to ``parameters.reach_mm``.
        parameters: of the algorithm.

    Returns:
        (N,) clusters counted from 0 in the order of their seeds' indices, :data:`OUTLIER` for outliers
        and for the points that follow them.
    """
    density = _density(energy, neighbours, parameters.dc_mm)
    nearest, delta = _nearest_higher(density, neighbours)
    dense = density >= parameters.rhoc_mev
    far = delta - _SLACK_MM
    seed = dense & (far > parameters.dc_mm)
    outlier = ~dense & (far > parameters.outlier_delta_factor * parameters.dc_mm)
    index = np.arange(len(energy))
    # A point without a denser neighbour is infinitely far from it: always a seed or an outlier.
    parent = np.where(seed | outlier, index, nearest)
    cluster = np.full(len(energy), OUTLIER, dtype=np.intp)
    cluster[seed] = np.arange(np.count_nonzero(seed))
    return cluster[_roots(parent)]


def clue(positions: Floats, energy: Floats, group: Indices, parameters: ClueParameters) -> Indices:
    """Cluster points; :func:`neighbours_within` and :func:`assign` in one.

    Args:
        positions: mm, (N, D).
        energy: MeV, (N,).
        group: points of different groups are clustered apart, (N,).
        parameters: of the algorithm.

    Returns:
        As :func:`assign`.
    """
    if len(energy) == 0:
        return np.empty(0, dtype=np.intp)
    return assign(energy, neighbours_within(positions, group, parameters.reach_mm), parameters)


def _density(energy: Floats, neighbours: Neighbours, reach: float) -> Floats:
    near = neighbours.distance <= reach + _SLACK_MM
    around = np.bincount(
        neighbours.first[near], weights=energy[neighbours.second[near]], minlength=len(energy)
    )
    return energy + NEIGHBOUR_WEIGHT * around


def _nearest_higher(density: Floats, neighbours: Neighbours) -> tuple[Indices, Floats]:
    """The nearest denser neighbour of each point and its distance; -1 and infinity without one.

    Of equally dense points the earlier one counts as denser, of equally near ones the denser is taken.
    """
    order = np.argsort(-density, kind="stable")
    rank = np.empty(len(density), dtype=np.intp)
    rank[order] = np.arange(len(density))
    other_rank = rank[neighbours.second]
    higher = other_rank < rank[neighbours.first]
    first, other_rank, distance = (
        neighbours.first[higher],
        other_rank[higher],
        neighbours.distance[higher],
    )
    delta = np.full(len(density), np.inf)
    np.minimum.at(delta, first, distance)
    tied = distance == delta[first]
    densest = np.full(len(density), len(density), dtype=np.intp)
    np.minimum.at(densest, first[tied], other_rank[tied])
    nearest = np.append(order, -1)[densest]
    return nearest, delta


def _roots(parent: Indices) -> Indices:
    """Follow every point to the one that follows itself, doubling the stride each time."""
    while True:
        grandparent = parent[parent]
        if np.array_equal(grandparent, parent):
            return parent
        parent = grandparent
