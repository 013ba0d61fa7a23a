"""Smooth functions of the incident particle: what the mean and the width of an observable follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import to_nearest
from calobench.showers import Conditions

__all__ = ["ConditionTerms", "folded_azimuth", "mean_powers", "width_powers"]

Array = NDArray[np.float64]
Powers = tuple[tuple[int, int, int], ...]

# Directions of the terms that vary less than this part of the largest are rounding: a beam of one
# energy has no dependence on energy.
RANK_TOLERANCE = 1e-6

# From so many showers on, these powers of (ln E, cos theta, azimuth in the stave). About ten
# showers a term at the least; odd powers of cos theta, since the mesh frame knows up from down.
_MEAN = (
    (0, ((1, 0, 0), (2, 0, 0), (0, 1, 0), (0, 2, 0))),
    (0, ((0, 0, 1), (0, 0, 2))),
    (200, ((3, 0, 0), (1, 1, 0), (1, 2, 0))),
    (400, ((0, 4, 0),)),
    (1000, ((4, 0, 0), (0, 3, 0), (2, 1, 0), (2, 2, 0))),
    (1000, ((1, 0, 1), (1, 0, 2), (0, 1, 1), (0, 2, 2), (0, 0, 3), (0, 0, 4))),
    (5000, ((5, 0, 0), (3, 1, 0), (3, 2, 0), (1, 3, 0), (1, 4, 0))),
)
_WIDTH = (
    (0, ((1, 0, 0),)),
    (200, ((2, 0, 0), (0, 2, 0))),
    (1000, ((3, 0, 0), (0, 1, 0), (1, 2, 0), (0, 0, 2))),
    (5000, ((4, 0, 0), (0, 4, 0), (2, 2, 0))),
)


def folded_azimuth(phi: Array, staves: int) -> Array:
    """Azimuth relative to the middle of the nearest stave, rad in [-pi / staves, pi / staves], (N,).

    Args:
        phi: azimuth of the particle, rad, (N,).
        staves: sides of the barrel, the first centred on 0; without any, a full turn is one stave.
    """
    folded: Array = to_nearest(phi * max(staves, 1) / (2 * np.pi)) * (2 * np.pi / max(staves, 1))
    return folded


def mean_powers(showers: int) -> Powers:
    """Powers of (ln E, cos theta, azimuth in the stave) that so many showers can determine."""
    return _powers(_MEAN, showers)


def width_powers(showers: int) -> Powers:
    """The same for the logarithm of a width, which is harder to determine than a mean."""
    return _powers(_WIDTH, showers)


def _powers(ladder: tuple[tuple[int, Powers], ...], showers: int) -> Powers:
    return tuple(
        power for min_showers, powers in ladder if showers >= min_showers for power in powers
    )


@dataclass(frozen=True)
class ConditionTerms:
    """Terms of conditions: uncorrelated, of mean 0 and width 1 over the showers they were made from.

    A polynomial is good for nothing beyond its data: outside the range of those showers a power goes
    on as its tangent, or stays what it is at the end of the range.

    Attributes:
        powers: of (ln E, cos theta, azimuth in the stave), P of them.
        low: smallest of the three quantities, (3,).
        high: largest, (3,).
        centre: mean of each power, (P,).
        mix: from powers to terms, (P, K); K is smaller where conditions do not vary.
        staves: number of staves of the barrel; 0 for none.
        tangents: whether powers go on as tangents.
    """

    powers: Powers
    low: Array
    high: Array
    centre: Array
    mix: Array
    staves: int
    tangents: bool

    @classmethod
    def of(
        cls, conditions: Conditions, powers: Powers, staves: int = 0, *, tangents: bool = True
    ) -> Self:
        """Make terms from the conditions of a sample.

        Args:
            conditions: at least one.
            powers: see :func:`mean_powers`.
            staves: sides of the barrel, over which the azimuth is folded; without them there is
                no dependence on it.
            tangents: how powers go on beyond the range of these conditions.
        """
        raw = _quantities(conditions, staves)
        low, high = raw.min(axis=0), raw.max(axis=0)
        columns = _monomials(raw, low, high, powers, tangents=tangents)
        centre = columns.mean(axis=0)
        _, singular, right = np.linalg.svd(columns - centre, full_matrices=False)
        kept = singular > RANK_TOLERANCE * np.sqrt(len(conditions))
        mix = right[kept].T / singular[kept] * np.sqrt(len(conditions))
        return cls(powers, low, high, centre, mix, staves, tangents)

    def __call__(self, conditions: Conditions) -> Array:
        """Terms of other conditions, (N, K)."""
        raw = _quantities(conditions, self.staves)
        columns = _monomials(raw, self.low, self.high, self.powers, tangents=self.tangents)
        terms: Array = (columns - self.centre) @ self.mix
        return terms


def _quantities(conditions: Conditions, staves: int) -> Array:
    """Ln of the energy in MeV, cos theta, azimuth in the stave (0 without staves), (N, 3)."""
    azimuth = folded_azimuth(conditions.phi, staves) if staves else np.zeros(len(conditions))
    return np.stack([np.log(conditions.energy), np.cos(conditions.theta), azimuth], axis=1)


def _monomials(raw: Array, low: Array, high: Array, powers: Powers, *, tangents: bool) -> Array:
    """Products of powers, each quantity on [-1, 1] inside its range, (N, P)."""
    half = (high - low) / 2
    scale = np.where(half > RANK_TOLERANCE, half, np.inf)
    unit = (raw - (high + low) / 2) / scale
    inside = np.clip(unit, -1, 1)
    beyond = unit - inside if tangents else np.zeros_like(unit)
    # By the power, and there by quantity: x^k, or x^k + k x^(k-1) d where d is beyond the range.
    table, plain = [np.ones_like(inside)], np.ones_like(inside)
    for k in range(1, 1 + max(max(power) for power in powers)):
        table.append(plain * (inside + k * beyond))
        plain = plain * inside
    columns = [table[i][:, 0] * table[j][:, 1] * table[k][:, 2] for i, j, k in powers]
    return np.stack(columns, axis=1)
