"""The observable, or profile, that tells model from Geant4 with the fewest showers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.observables.features import FeatureTable

__all__ = [
    "FarObservable",
    "cumulative_profiles",
    "profile_distances",
    "profile_distances_of_parts",
    "worst_observable",
]

Array = NDArray[np.float64]


class FarObservable(NamedTuple):
    """The observable whose distance is largest beside what chance does to it.

    Attributes:
        name: of the observable.
        distance: of the model.
        c: of its own law of chance.
        by_chance: in 95 % of the parts of the reference no observable is more than so many times as
            far from the rest as its law says.
    """

    name: str
    distance: float
    c: float
    by_chance: float


def worst_observable(
    names: Sequence[str], distances: Array, of_parts: Array, units: Array
) -> FarObservable:
    """Compare every observable with a scale of its own.

    Args:
        names: of the K observables.
        distances: of the model, (K,).
        of_parts: of parts of the reference to the rest of it, (K, B).
        units: what the law of chance gives for each part with c = 1, (B,).
    """
    times = of_parts / units
    c = times.mean(axis=1)
    varies = c > 0
    scale = np.where(varies, c, 1.0)
    far = np.where(varies, distances / scale, 0.0)
    k = int(np.argmax(far))
    largest = np.where(varies[:, None], times / scale[:, None], 0.0).max(axis=0)
    return FarObservable(
        names[k], float(distances[k]), float(c[k]), float(np.quantile(largest, 0.95))
    )


def cumulative_profiles(
    reference: FeatureTable, model: FeatureTable
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Fractions along each profile, summed up, less what Geant4 has at the same incident particle.

    Args:
        reference: gives the dependence on the particle.
        model: has the same profiles.

    Returns:
        Of the reference and of the model, (N, K) each; a shower without energy has zeros.
    """
    tables = reference, model
    energy = [np.log(table.conditions.energy) for table in tables]
    centre = float(energy[0].mean())
    designs = []
    for x, table in zip(energy, tables, strict=True):
        cosine = np.cos(table.conditions.theta)
        designs.append(
            np.stack([np.ones_like(x), x - centre, (x - centre) ** 2, cosine**2], axis=1)
        )
    residuals: tuple[dict[str, Array], dict[str, Array]] = ({}, {})
    for name in reference.profiles:
        fractions = [_cumulative(table.profiles[name]) for table in tables]
        coefficients = np.linalg.lstsq(designs[0], fractions[0])[0]
        for side, fraction, design in zip(residuals, fractions, designs, strict=True):
            side[name] = fraction - design @ coefficients
    return residuals


def _cumulative(profile: Array) -> Array:
    filled = np.nan_to_num(profile)
    total = filled.sum(axis=1, keepdims=True)
    fractions: Array = np.cumsum(filled, axis=1) / np.where(total > 0, total, 1)
    return fractions


def profile_distances(reference: Mapping[str, Array], model: Mapping[str, Array]) -> Array:
    """Largest difference of the mean cumulative profiles, one per profile.

    Args:
        reference: cumulative profiles, (N_ref, K) each.
        model: likewise, (N_model, K) each.
    """
    return np.array(
        [
            np.abs(rows.mean(axis=0) - model[name].mean(axis=0)).max()
            for name, rows in reference.items()
        ]
    )


def profile_distances_of_parts(reference: Mapping[str, Array], chosen: NDArray[np.uint8]) -> Array:
    """The same between parts of the reference and the rest, (profiles, B).

    Args:
        reference: cumulative profiles, (N, K) each.
        chosen: 1 for the showers of each part, (B, N).
    """
    distances = np.empty((len(reference), len(chosen)))
    for b, row in enumerate(chosen.astype(bool)):
        for k, rows in enumerate(reference.values()):
            distances[k, b] = np.abs(rows[row].mean(axis=0) - rows[~row].mean(axis=0)).max()
    return distances
