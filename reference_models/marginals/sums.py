"""The marginals of a shower: energies of its layers and rings, and its centre of gravity.

The shape network is told them, and its cells are made to add up to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EMPTY_MEV",
    "LOG_OFFSET_MEV",
    "MAX_FACTOR",
    "MAX_LEVER",
    "MIN_SPREAD",
    "ROUNDS",
    "ROUNDS_BEFORE",
    "Sums",
    "fit_to_sums",
    "levers",
    "moments",
    "positions",
    "sums_of",
    "sums_of_projections",
]

Array = NDArray[np.float64]

LOG_OFFSET_MEV = 0.01
"""Added to a sum before its logarithm is taken: 10 keV."""
MAX_FACTOR = 3.0
"""A cell is changed by at most this factor in one turn: a lone cell must not take all energy of its ring."""
EMPTY_MEV = 1e-9
"""A sum below this has no energy to scale."""
ROUNDS = 4
"""Number of turns of centre, rings and layers."""
ROUNDS_BEFORE = 2
"""The same before cells are corrected, which must not mend what the sums mend."""
MAX_LEVER = 1.5
"""From this distance on, in radial cell sizes, cells are moved alike."""
MIN_SPREAD = 0.125
"""Variance of x in the innermost ring, in radial cell sizes squared."""


@dataclass(frozen=True)
class Sums:
    """Marginals of N showers.

    Attributes:
        layers: energy per layer, MeV, (N, Z).
        rings: energy per ring, MeV, (N, R); adds up to the same total.
        centre: centre of gravity across the axis, in radial cell sizes, (N, 2).
    """

    layers: Array
    rings: Array
    centre: Array

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> Sums:
        return Sums(self.layers[rows], self.rings[rows], self.centre[rows])

    @property
    def total(self) -> Array:
        """Visible energy, MeV, (N,)."""
        total: Array = self.layers.sum(axis=1)
        return total

    def logarithms(self) -> Array:
        """Logarithms of layers and rings, then the centre: (N, Z + R + 2)."""
        logs = (np.log(part + LOG_OFFSET_MEV) for part in (self.layers, self.rings))
        return np.concatenate([*logs, self.centre], axis=1)


def sums_of(showers: NDArray[np.float32]) -> Sums:
    """The marginals of showers.

    Args:
        showers: cell energies, MeV, (N, R, PHI, Z).
    """
    layers = showers.sum(axis=(1, 2), dtype=np.float64)
    return sums_of_projections(layers, showers.sum(axis=3, dtype=np.float64))


def sums_of_projections(layers: Array, r_phi: Array) -> Sums:
    """The marginals of showers of which only two projections are known.

    Args:
        layers: energy per layer, MeV, (N, Z).
        r_phi: energy per ring and azimuth, summed over the layers, MeV, (N, R, PHI).
    """
    return Sums(layers, r_phi.sum(axis=2), _centre(r_phi))


def positions(n_r: int, n_phi: int) -> Array:
    """Centres of the cells across the axis, in radial cell sizes, (2, R, PHI)."""
    radius = np.arange(n_r)[:, None] + 0.5
    azimuth = (np.arange(n_phi) + 0.5) * 2 * np.pi / n_phi - np.pi
    return np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth)])


def levers(n_r: int, n_phi: int) -> Array:
    """By what cells are moved: positions drawn in to :data:`MAX_LEVER` cells from the axis, (2, R, PHI).

    With the positions themselves the outermost cells would change most, and their rounding as well.
    """
    radius = np.arange(n_r) + 0.5
    drawn_in: Array = positions(n_r, n_phi) * (np.minimum(radius, MAX_LEVER) / radius)[:, None]
    return drawn_in


def moments(n_r: int) -> Array:
    """Mean over the azimuth of position times lever in each ring, (R,)."""
    radius = np.arange(n_r) + 0.5
    half: Array = radius * np.minimum(radius, MAX_LEVER) / 2
    return half


def _centre(r_phi: NDArray[np.floating[Any]]) -> Array:
    total = np.maximum(r_phi.sum(axis=(1, 2)), EMPTY_MEV)[:, None]
    centre: Array = np.einsum("nrp,krp->nk", r_phi, positions(*r_phi.shape[1:])) / total
    return centre


def fit_to_sums(
    showers: NDArray[np.float32],
    sums: Sums,
    rounds: int = ROUNDS,
    largest_factor: float = MAX_FACTOR,
) -> NDArray[np.float32]:
    """The showers with their cells scaled to given sums: iterative proportional fitting.

    Deming and Stephan, *Annals of Mathematical Statistics* 11 (1940) 427; for a mean instead of sums Darroch
    and Ratcliff, *ibid.* 43 (1972) 1470. The centre of gravity, rings and layers take turns, layers last:
    their sums are met exactly where a layer has any energy to scale. Empty cells stay empty, and a turn or
    reflection in azimuth before or after makes no difference.

    Args:
        showers: cell energies, MeV, (N, R, PHI, Z); not changed.
        sums: what rings and layers are to add up to, and where their centre is to be, for N showers.
        rounds: how often each takes its turn.
        largest_factor: a cell is scaled up by at most this in one turn.
    """
    n, n_r, n_phi, n_z = showers.shape
    # A cell is only ever scaled by a factor of its ring and sector and one of its layer: sums of scaled cells
    # are products of matrices, and cells themselves are scaled once. All in single precision, as cells are.
    given = showers.reshape(n, n_r * n_phi, n_z).astype(np.float32, copy=False)
    rings, layers, centre = (of.astype(np.float32) for of in (sums.rings, sums.layers, sums.centre))
    across = np.ones((n, n_r, n_phi), np.float32)
    along = np.ones((n, n_z), np.float32)
    place, lever = _plane(n_r, n_phi)
    spread = _spread(sums.rings).astype(np.float32)
    for _ in range(rounds):
        r_phi = np.matmul(given, along[:, :, None]).reshape(across.shape)
        r_phi *= across
        # One step of Newton's method for the exponents a and b, with the spread of a round shower.
        flat = r_phi.reshape(n, -1)
        total = np.maximum(np.add.reduce(flat, axis=1, keepdims=True), EMPTY_MEV)
        tilt = np.exp((centre - flat @ place / total) / spread @ lever)
        np.maximum(tilt, 1 / largest_factor, out=tilt)
        np.minimum(tilt, largest_factor, out=tilt)
        tilt = tilt.reshape(across.shape)
        r_phi *= tilt
        tilt *= _factors(np.add.reduce(r_phi, axis=2), rings, largest_factor)[:, :, None]
        across *= tilt
        present = np.matmul(across.reshape(n, 1, -1), given)[:, 0]
        present *= along
        along *= _factors(present, layers, largest_factor)
    scaled = showers * across[..., None]
    scaled *= along[:, None, None, :]
    return scaled


@cache
def _plane(n_r: int, n_phi: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Positions (R PHI, 2) and levers (2, R PHI)."""
    place, lever = (
        table(n_r, n_phi).reshape(2, -1).astype(np.float32) for table in (positions, levers)
    )
    return np.ascontiguousarray(place.T), lever


def _spread(rings: Array) -> Array:
    """Mean of position times lever over showers whose rings (N, R) are filled evenly: (N, 1)."""
    total = np.maximum(rings.sum(axis=1, keepdims=True), EMPTY_MEV)
    spread: Array = np.maximum(rings @ moments(rings.shape[1])[:, None] / total, MIN_SPREAD)
    return spread


def _factors(
    present: NDArray[np.float32], asked: NDArray[np.float32], largest_factor: float
) -> NDArray[np.float32]:
    """What sums are scaled by; 1 where there is nothing to scale."""
    factors = np.divide(asked, present, where=present > EMPTY_MEV, out=np.ones_like(present))
    return np.minimum(factors, largest_factor, out=factors)
