"""The closed forms of the shower: a Gamma distribution in depth, two components across."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc

__all__ = [
    "core_and_tail",
    "depth_fractions",
    "fitted_depth",
    "radius",
    "truncated_moments",
    "weight_inside",
]

Array = NDArray[np.float64]


def depth_fractions(edges: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Array:
    """Fractions of the energy between the edges, (..., K), of Gamma distributions (...).

    Args:
        edges: depths, increasing, (K + 1,).
        alpha: shapes, (...).
        beta: one over their scales, (...), in the unit of the edges.
    """
    alpha, beta = (np.asarray(value, dtype=np.float64)[..., None] for value in (alpha, beta))
    return np.diff(gammainc(alpha, beta * np.asarray(edges)))


def truncated_moments(
    alpha: ArrayLike, beta: ArrayLike, length: ArrayLike
) -> tuple[Array, Array, Array]:
    """Fraction of a Gamma distribution before ``length``; mean and mean square of that part.

    All arguments and results have the shape (...).
    """
    alpha, beta, length = (np.asarray(value, dtype=np.float64) for value in (alpha, beta, length))
    inside = gammainc(alpha, beta * length)
    first = alpha / beta * gammainc(alpha + 1, beta * length) / inside
    second = alpha * (alpha + 1) / beta**2 * gammainc(alpha + 2, beta * length) / inside
    return inside, first, second


def fitted_depth(profile: Array, dz: float, length: Array) -> tuple[Array, Array]:
    """Gamma distributions, cut off at ``length``, of the mean and width of measured profiles.

    Args:
        profile: energy per layer, (N, Z).
        dz: thickness of a layer.
        length: where the calorimeter or the mesh ends, (N,).

    Returns:
        alpha and beta, (N,); NaN where no Gamma distribution has that mean and width.
    """
    centres = (np.arange(profile.shape[1]) + 0.5) * dz
    total = profile.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mean = profile @ centres / total
        # Within a layer energy lies anywhere, not at its centre.
        square = profile @ centres**2 / total + dz**2 / 12
        alpha = mean**2 / (square - mean**2)
        beta = alpha / mean
        for _ in range(60):
            # What the end cuts off is put back, by what it cuts off the distribution of the last step.
            _, first, second = truncated_moments(alpha, beta, length)
            full = mean * (alpha / beta) / first
            full_square = square * (alpha * (alpha + 1) / beta**2) / second
            alpha = full**2 / (full_square - full**2)
            beta = alpha / full
        _, first, second = truncated_moments(alpha, beta, length)
        good = (
            np.isclose(first, mean, rtol=1e-3) & np.isclose(second, square, rtol=1e-3) & (alpha > 1)
        )
    return np.where(good, alpha, np.nan), np.where(good, beta, np.nan)


def core_and_tail(edges: ArrayLike, core: ArrayLike, tail: ArrayLike, weight: ArrayLike) -> Array:
    """Fractions of the energy in rings, (..., R), of what lies inside the last edge.

    Args:
        edges: radii, increasing from 0, (R + 1,).
        core: R_C, (...), in the unit of the edges.
        tail: R_T, (...).
        weight: of the core, (...).
    """
    squared = np.asarray(edges, dtype=np.float64) ** 2
    core, tail, weight = (
        np.asarray(value, dtype=np.float64)[..., None] for value in (core, tail, weight)
    )
    inside = weight * squared / (squared + core**2) + (1 - weight) * squared / (squared + tail**2)
    return np.diff(inside) / inside[..., -1:]


def weight_inside(core: Array, tail: Array, weight: Array, largest: float) -> Array:
    """Part of the core in the energy inside ``largest``, (S,), where ``weight`` is its part of all."""
    kept_core, kept_tail = (largest**2 / (largest**2 + component**2) for component in (core, tail))
    return weight * kept_core / (weight * kept_core + (1 - weight) * kept_tail)


def radius(component: Array, u: Array, largest: float) -> Array:
    """Radii, (S,), at the quantile ``u`` of 2 r R^2 / (r^2 + R^2)^2 inside ``largest``.

    Args:
        component: R of each, (S,).
        u: in [0, 1), (S,).
        largest: radius of the mesh.
    """
    below = u * largest**2 / (largest**2 + component**2)
    return component * np.sqrt(below / (1 - below))
