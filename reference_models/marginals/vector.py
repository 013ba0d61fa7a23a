"""The marginals of a shower as one vector of logarithms, and back.

The total is a variable of its own: a total known to 1 % cannot come from 45 sums known to some per cent each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_models.marginals.sums import EMPTY_MEV, Sums

__all__ = ["EMPTY_PART_MEV", "from_vector", "to_vector"]

Array = NDArray[np.float64]

EMPTY_PART_MEV = 0.001
"""A layer or ring with at most 1 keV is empty: Geant4's hardly ever have so little without being so."""


def to_vector(sums: Sums, energy: Array) -> Array:
    """Log response, log fractions of layers and rings, and centre of gravity, (N, 1 + Z + R + 2).

    The logarithm of the fraction of an empty layer or ring is -inf.

    Args:
        sums: marginals of N showers.
        energy: incident energies, MeV, (N,).
    """
    total = np.maximum(sums.total, 1e-6)[:, None]
    fractions = (_logarithm(part) - np.log(total) for part in (sums.layers, sums.rings))
    return np.concatenate([np.log(total / energy[:, None]), *fractions, sums.centre], axis=1)


def _logarithm(part: Array) -> Array:
    filled = part > EMPTY_PART_MEV
    return np.log(part, where=filled, out=np.full(part.shape, -np.inf))


def from_vector(vector: Array, energy: Array, n_z: int) -> Sums:
    """Inverse of :func:`to_vector`; fractions are made to add up to the total.

    Args:
        vector: (N, 1 + Z + R + 2).
        energy: incident energies, MeV, (N,).
        n_z: number of layers.
    """
    total = np.exp(vector[:, :1]) * energy[:, None]
    energies = np.exp(vector[:, 1:-2]) * total
    layers, rings = energies[:, :n_z], energies[:, n_z:]
    # A shower without any energy has no fractions.
    layers, rings = (
        part * total / np.maximum(part.sum(axis=1, keepdims=True), EMPTY_MEV)
        for part in (layers, rings)
    )
    return Sums(layers, rings, vector[:, -2:])
