"""Shapes of showers, whatever their energy, and showers of equal shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.observables.features import FeatureTable
from calobench.stats.duplicates import duplicate_distance, duplicate_groups

__all__ = ["NEARLY", "duplicates", "shapes"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

NEARLY = 0.01
"""Two showers are the same when they are closer than this fraction of what Geant4's showers keep."""

SHAPES = ("longitudinal_profile", "radial_profile", "azimuthal_profile")


def shapes(table: FeatureTable) -> Array:
    """The fractions of energy of each shower in depth, radius and azimuth.

    A shower that is used again and scaled to another energy has the same shape.

    Args:
        table: with these profiles, or at least the numbers of its showers.

    Returns:
        (N, K); zeros for a shower without visible energy. Where the table has no such profile, all
        its numbers.
    """
    profiles = [table.profiles[name] for name in SHAPES if name in table.profiles]
    columns = profiles or [np.stack(list(table.scalars.values()), axis=1)]
    return np.nan_to_num(np.concatenate(columns, axis=1))


def duplicates(reference: Array, model: Array) -> Indices:
    """Equal numbers for showers of both samples that are (nearly) the same, (N_ref + N_model,).

    The same are showers closer than 1 % of the median distance from a reference shower to its
    nearest neighbour. Showers without energy are nobody's duplicate.

    Args:
        reference: shapes, (N_ref, K).
        model: shapes, (N_model, K).
    """
    pool = np.concatenate([reference, model])
    if len(reference) < 2:
        return np.arange(len(pool))
    return duplicate_groups(pool, duplicate_distance(reference, NEARLY))
