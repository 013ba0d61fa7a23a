"""Showers that a model makes again and again, or has by heart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from calobench.observables.features import FeatureTable
from calobench.stats.neighbours import nearest_distance, neighbour_lists

__all__ = ["NEARLY", "Copies", "copies", "repeated_share", "shapes", "twins"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

NEARLY = 0.01
"""Two showers are the same when they are closer than this share of what Geant4's showers keep."""

SHAPES = ("longitudinal_profile", "radial_profile", "azimuthal_profile")

# Nearest neighbours that are asked whether they are the same shower.
NEIGHBOURS = 8


class Copies(NamedTuple):
    """How near the showers of a model lie to those that it was trained on.

    Attributes:
        share: of the model's showers, those (nearly) identical to a training shower.
        nearest_ratio: median distance to the nearest training shower, the model's over that of
            Geant4 showers outside the training; well below 1 the model repeats what it was shown.
    """

    share: float
    nearest_ratio: float


def shapes(table: FeatureTable) -> Array:
    """What each shower looks like, whatever its energy: its shares of energy in depth, radius, azimuth.

    A shower that is used again and scaled to another energy has the same shape.

    Args:
        table: with these profiles, or at least the numbers of its showers.

    Returns:
        (N, K); zeros for a shower without visible energy. Where the table has no such profile, all
        its numbers.
    """
    found = [table.profiles[name] for name in SHAPES if name in table.profiles]
    columns = found or [np.stack(list(table.scalars.values()), axis=1)]
    return np.nan_to_num(np.concatenate(columns, axis=1))


def twins(reference: Array, model: Array) -> Indices:
    """Which showers of both samples are (nearly) the same, as a number for each of them.

    The same are showers closer than 1 % of the median distance from a reference shower to its
    nearest neighbour. Showers without energy are nobody's twin.

    Args:
        reference: shapes, (N_ref, K).
        model: shapes, (N_model, K).

    Returns:
        Equal numbers for twins, reference first, (N_ref + N_model,).
    """
    pool = np.concatenate([reference, model])
    n = len(pool)
    if len(reference) < 2:
        return np.arange(n)
    near = NEARLY * float(np.median(nearest_distance(reference)))
    lists = neighbour_lists(pool, min(NEIGHBOURS, n - 1))
    distance = np.stack(
        [np.sqrt(((pool - pool[column]) ** 2).sum(axis=1)) for column in lists.T], axis=1
    )
    alive = np.abs(pool).sum(axis=1) > 0
    rows, columns = np.nonzero((distance <= near) & alive[:, None] & alive[lists])
    graph = sparse.csr_array((np.ones(len(rows)), (rows, lists[rows, columns])), shape=(n, n))
    _, number = sparse.csgraph.connected_components(graph, directed=False)
    return np.asarray(number, dtype=np.intp)


def repeated_share(number: Indices, chosen: Mask) -> float:
    """Share of the chosen showers that have a twin among them.

    Args:
        number: as :func:`twins` gives it, (N,).
        chosen: (N,).
    """
    counts = np.bincount(number[chosen], minlength=1)
    return float(counts[counts > 1].sum() / max(1, int(chosen.sum())))


def copies(model: Array, unseen: Array, training: Array) -> Copies:
    """Compare a model's showers with its training sample.

    Args:
        model: shapes, (N_model, K).
        unseen: shapes of Geant4 showers that were not in the training, (N, K).
        training: shapes of the training sample, (N_train, K).
    """
    usual = nearest_distance(unseen, training)
    near = NEARLY * float(np.median(usual))
    found = nearest_distance(model, training)
    return Copies(
        share=float(np.mean(found <= near)),
        nearest_ratio=float(np.median(found) / max(float(np.median(usual)), np.finfo(float).tiny)),
    )
