"""Positions within a cell of the mesh at which its energy is put.

``centre``
    all of it in the middle of the cell.
``uniform``
    at random points, evenly over the cell.
``radial``
    at random points that follow the shower's own radial profile inside the cell: energy density falls as a
    power of the radius, whose exponent comes from the rings on both sides; in the innermost ring, which has
    no inner neighbour, the slope of the energy within radius r is extrapolated from the rings outside.

The energy of a cell stays in that cell, whatever the choice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.errors import ConditionsError, UnknownNameError
from calobench.showers import Mesh, Showers

__all__ = ["DEFAULT_METHOD", "METHODS", "MeshPoints", "mesh_points", "ring_exponents"]

METHODS = ("centre", "uniform", "radial")
DEFAULT_METHOD = "radial"

# The exponents follow the shower as it widens in depth, in this many parts.
DEPTH_PARTS = 5
# A flat density: energy within radius r grows as r squared.
FLAT = 2.0
_STEEPEST_CORE = 0.15
_STEEPEST, _RISING = -10.0, 4.0


class MeshPoints(NamedTuple):
    """Energy at points of the mesh frame.

    Attributes:
        shower: index of the shower, ascending, (S,).
        position: x', y', z', mm, (S, 3).
        energy: MeV, (S,).
    """

    shower: NDArray[np.intp]
    position: NDArray[np.float64]
    energy: NDArray[np.float64]


def mesh_points(
    showers: Showers,
    mesh: Mesh,
    method: str = DEFAULT_METHOD,
    *,
    points: int = 1,
    seed: int = 1,
    keys: NDArray[np.intp] | None = None,
) -> MeshPoints:
    """Put the energy of every filled cell at points inside it.

    Args:
        showers: N showers on ``mesh``.
        mesh: their mesh.
        method: one of :data:`METHODS`.
        points: random points per cell, which share its energy evenly; ``centre`` always has one.
        seed: of the random points.
        keys: one whole number per shower, (N,): a shower's points depend on the seed and its key alone.
            None counts the showers from 0.

    Raises:
        UnknownNameError: there is no such method.
        ConditionsError: fewer than one point.
    """
    if method not in METHODS:
        raise UnknownNameError("method of placement", method, METHODS)
    if points < 1:
        raise ConditionsError(f"cannot place {points} points in a cell; give 1 or more")
    shower, ring, sector, layer = np.nonzero(showers.energy)
    energy = showers.energy[shower, ring, sector, layer].astype(np.float64)
    if method == "centre":
        radius = (ring + 0.5) * mesh.dr_mm
        offsets = np.full((2, len(ring)), 0.5)
    else:
        numbers = np.arange(len(showers)) if keys is None else keys
        counts = np.bincount(shower, minlength=len(showers)) * points
        random = _random(seed, numbers, counts).T
        fraction, offsets = random[0], random[1:]
        exponent = np.full(len(ring), FLAT)
        if method == "radial":
            part = layer * DEPTH_PARTS // mesh.n_z
            exponent = ring_exponents(showers.energy, mesh)[shower, ring, part]
        shower, ring, sector, layer, energy, exponent = (
            np.repeat(values, points)
            for values in (shower, ring, sector, layer, energy / points, exponent)
        )
        radius = _radius_at(fraction, ring, exponent) * mesh.dr_mm
    azimuth = (sector + offsets[0]) * (2 * np.pi / mesh.n_phi) - np.pi
    depth = (layer + offsets[1]) * mesh.dz_mm
    position = np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), depth], axis=1)
    return MeshPoints(shower, position, energy)


def ring_exponents(energy: NDArray[np.float32], mesh: Mesh) -> NDArray[np.float64]:
    """Growth of the energy of a shower within radius r inside each ring, as a power of r.

    Args:
        energy: cell energies, MeV, (N, R, PHI, Z).
        mesh: their mesh.

    Returns:
        Exponents, (N, R, P), for each of P parts of the depth; 2 is a flat density.
    """
    firsts = -(-np.arange(DEPTH_PARTS) * mesh.n_z // DEPTH_PARTS)
    rings = np.add.reduceat(energy.sum(axis=2, dtype=np.float64), firsts, axis=2)
    if mesh.n_r < 4:  # no slopes to be had from so few rings
        return np.full_like(rings, FLAT)
    whole = rings.sum(axis=1, keepdims=True)
    rings = rings + 1e-9 * np.where(whole > 0, whole, 1.0)  # so that every logarithm exists
    middle = np.log(np.arange(mesh.n_r) + 0.5)
    density = np.log(rings / (2 * np.arange(mesh.n_r)[:, None] + 1))
    exponents = FLAT + np.gradient(density, middle, axis=1).clip(_STEEPEST - FLAT, _RISING - FLAT)
    # Slopes of the energy within r from ring to ring, each over a factor of 2 in r, extrapolated.
    within = np.log2(rings.cumsum(axis=1)[:, [0, 1, 3]])
    inner, outer = np.diff(within, axis=1).swapaxes(0, 1)
    exponents[:, 0] = (inner**2 / outer).clip(_STEEPEST_CORE, FLAT)
    return np.asarray(exponents)


def _random(seed: int, keys: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Three numbers in [0, 1) a point, (S, 3): each shower has its own stream."""
    draws = [
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(key),))).random((n, 3))
        for key, n in zip(keys, counts, strict=True)
    ]
    return np.concatenate([np.empty((0, 3)), *draws])


def _radius_at(
    fraction: NDArray[np.float64], ring: NDArray[np.intp], exponent: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Radius inside a ring, in units of its width, within which ``fraction`` of its energy lies."""
    power = np.where(np.abs(exponent) < 1e-6, 1e-6, exponent)
    inner = np.maximum(ring, 1)
    grown = np.expm1(power * np.log((ring + 1) / inner))
    outside = inner * np.exp(np.log1p(fraction * grown) / power)
    # 1 - fraction is never 0, so that a point is never exactly on the axis.
    core = (1 - fraction) ** (1 / np.maximum(power, _STEEPEST_CORE))
    return np.asarray(np.where(ring == 0, core, outside))
