"""Standardisation of vectors of marginals: given the particle, normal and uncorrelated numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from calobench.showers import Conditions
from reference_models.network.energy_nodes import EnergyNodes
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import N_SLOTS, PIVOT_MEV

__all__ = [
    "ENERGY_NODES",
    "FIRST_KNOT",
    "KNOTS",
    "KNOT_STEP",
    "Standard",
    "fit_standard",
    "knots",
    "middle_shares",
    "rising",
    "standard_shapes",
    "symmetric_root",
]

Array = NDArray[np.float64]

ENERGY_NODES = EnergyNodes(first_mev=3e3, log_step=math.log(30) / 4, count=5)
"""Incident energies for which there are quantiles and correlations: 3, 7, 16, 38 and 90 GeV."""
FIRST_KNOT, KNOT_STEP, KNOTS = -2.5, 0.25, 21
"""Standard normal numbers whose quantiles are kept; beyond them the first and last lines go on."""
# A normal number beyond is a shower that training has hardly seen.
_MAX_NORMAL = 4.0
# Vectors that are standardised together.
_ROWS = 1000
_RIDGE = 1e-6
_MIN_SLOPE = 1e-3
_MIN_UNIFORM = 1e-6
# Vectors from which a mean and quantiles are fitted.
_MIN_FILLED = 30
# Weight of the covariance of all energies in that of one node, which has few showers.
_SHRINKAGE = 0.2
_MIN_VARIANCE = 1e-4


@dataclass(frozen=True)
class Standard:
    """Mean, deviation and quantiles of vectors as functions of energy and angle, per detector.

    The mean is quadratic in ln(E / 30 GeV) and linear in 1 - sin(theta) and their product; the deviation is a
    power of the energy. What is left is mapped to a standard normal number by its quantiles, piecewise linear
    and interpolated in ln E: layers that are often empty are far from normal. The root of the covariance,
    interpolated too, makes these numbers uncorrelated: neighbouring layers differ by little, and a network
    that had to learn that would learn it too coarsely.

    Empty layers are a spike, which a diffusion model cannot make: normal numbers below a limit stand for it.

    Attributes:
        mean: coefficients, float32 (slots, 5, K).
        log_deviation: coefficients, float32 (slots, 2, K).
        quantiles: of (value - mean) / deviation at the knots, float32 (slots, nodes, KNOTS, K).
        empty_below: normal numbers below this are an empty layer or ring, float32 (slots, nodes, K).
        roots: rows of uncorrelated numbers times these are correlated as the normal numbers are: roots of
            their covariance, symmetric unless :mod:`.match` changed them, float32 (slots, nodes, K, K).
        offset: normal numbers for uncorrelated numbers of zero, float32 (slots, nodes, K).
    """

    mean: NDArray[np.float32]
    log_deviation: NDArray[np.float32]
    quantiles: NDArray[np.float32]
    empty_below: NDArray[np.float32]
    roots: NDArray[np.float32]
    offset: NDArray[np.float32]

    def at(self, conditions: Conditions, slot: int) -> tuple[Array, Array]:
        """Mean and deviation, (N, K) each."""
        design = _design(conditions)
        deviation = np.exp(design[:, :2] @ self.log_deviation[slot].astype(np.float64))
        return design @ self.mean[slot].astype(np.float64), deviation

    def normalised(
        self, vector: Array, conditions: Conditions, slot: int, rng: np.random.Generator
    ) -> Array:
        """Uncorrelated numbers of deviation ``SIGMA_DATA``, (N, K).

        Args:
            vector: (N, K); -inf is an empty layer or ring.
            conditions: incident particles, (N,).
            slot: one-hot slot of the detector.
            rng: draws the normal numbers of what is empty.
        """
        weights = ENERGY_NODES.weights(conditions.energy)
        normal = np.empty_like(vector)
        for start in range(0, len(vector), _ROWS):
            rows = slice(start, start + _ROWS)
            roots = np.einsum("ne,ejk->nkj", weights[rows], self.roots[slot].astype(np.float64))
            correlated = self.normal(vector[rows], conditions[rows], slot, rng)
            correlated -= weights[rows] @ self.offset[slot].astype(np.float64)
            normal[rows] = np.linalg.solve(roots, correlated[..., None])[..., 0]
        return normal * SIGMA_DATA

    def restored(self, normalised: Array, conditions: Conditions, slot: int) -> Array:
        """Inverse of :meth:`normalised`."""
        nodes = _weighted_nodes(conditions)
        normal = self._correlated(normalised, nodes, slot)
        limit, first, second = np.zeros((3, *normal.shape))
        for node, weight in nodes:
            limit += weight * self.empty_below[slot, node]
        place = (normal - FIRST_KNOT) / KNOT_STEP
        below = np.minimum(np.maximum(place, 0), KNOTS - 2).astype(np.intp)
        # Where the quantiles on either side are in the table of a node, (KNOTS, K).
        size = place.shape[1]
        index = below * size + np.arange(size)
        for node, weight in nodes:
            quantiles = self.quantiles[slot, node].reshape(-1)
            first += weight * quantiles.take(index)
            second += weight * quantiles[size:].take(index)
        mean, deviation = self.at(conditions, slot)
        vector: Array = (first + (place - below) * (second - first)) * deviation + mean
        vector[normal < limit] = -np.inf
        return vector

    def correlated(self, normalised: Array, conditions: Conditions, slot: int) -> Array:
        """Normal numbers of uncorrelated numbers; arguments of :meth:`restored`, (N, K) both."""
        return self._correlated(normalised, _weighted_nodes(conditions), slot)

    def _correlated(self, normalised: Array, nodes: list[tuple[int, Array]], slot: int) -> Array:
        uncorrelated = normalised / SIGMA_DATA
        normal = np.zeros(uncorrelated.shape)
        for node, weight in nodes:
            normal += weight * (uncorrelated @ self.roots[slot, node] + self.offset[slot, node])
        return normal

    def quantile(self, slot: int, node: int, k: int, normal: Array) -> Array:
        """Quantiles of one number of the vector at one energy for normal numbers (N,)."""
        table = self.quantiles[slot, node, :, k].astype(np.float64)
        place = (normal - FIRST_KNOT) / KNOT_STEP
        below = np.clip(place, 0, KNOTS - 2).astype(np.intp)
        value: Array = table[below] + (place - below) * (table[below + 1] - table[below])
        return value

    def normal(
        self, vector: Array, conditions: Conditions, slot: int, rng: np.random.Generator
    ) -> Array:
        """Standard normal numbers, still correlated; arguments of :meth:`normalised`."""
        mean, deviation = self.at(conditions, slot)
        quantiles = self._quantiles(conditions, slot)
        limit = ENERGY_NODES.weights(conditions.energy) @ self.empty_below[slot]
        empty = np.isneginf(vector)
        residual = (np.where(empty, 0, vector - mean) / deviation)[:, None]
        below = np.clip((residual >= quantiles).sum(axis=1, keepdims=True) - 1, 0, KNOTS - 2)
        first, second = (np.take_along_axis(quantiles, below + k, axis=1) for k in range(2))
        place = below + (residual - first) / (second - first)
        filled = np.maximum(FIRST_KNOT + KNOT_STEP * place[:, 0], limit)
        drawn = ndtri(ndtr(limit) * rng.uniform(_MIN_UNIFORM, 1, limit.shape))
        normal: Array = np.clip(np.where(empty, drawn, filled), -_MAX_NORMAL, _MAX_NORMAL)
        return normal

    def _quantiles(self, conditions: Conditions, slot: int) -> Array:
        """At the knots, (N, KNOTS, K)."""
        table = self.quantiles[slot].astype(np.float64)
        at: Array = np.einsum("ne,eqk->nqk", ENERGY_NODES.weights(conditions.energy), table)
        return at


def standard_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the tables by name, for vectors of a length."""
    return {
        "mean": (N_SLOTS, 5, size),
        "log_deviation": (N_SLOTS, 2, size),
        "quantiles": (N_SLOTS, ENERGY_NODES.count, KNOTS, size),
        "empty_below": (N_SLOTS, ENERGY_NODES.count, size),
        "roots": (N_SLOTS, ENERGY_NODES.count, size, size),
        "offset": (N_SLOTS, ENERGY_NODES.count, size),
    }


def _weighted_nodes(conditions: Conditions) -> list[tuple[int, Array]]:
    """Nodes with their weights (N, 1); of the nodes only those that have any: two for one shower."""
    weights = ENERGY_NODES.weights(conditions.energy).astype(np.float64)
    return [(int(k), weights[:, k, None]) for k in np.flatnonzero(weights.any(axis=0))]


def _design(conditions: Conditions) -> Array:
    log_energy = np.log(conditions.energy / PIVOT_MEV)
    oblique = 1 - np.sin(conditions.theta)
    columns = (np.ones_like(log_energy), log_energy, log_energy**2, oblique, oblique * log_energy)
    return np.stack(columns, axis=1)


def knots() -> Array:
    """Normal numbers whose quantiles are kept, (KNOTS,)."""
    numbers: Array = FIRST_KNOT + KNOT_STEP * np.arange(KNOTS, dtype=np.float64)
    return numbers


def fit_standard(samples: Mapping[int, tuple[Array, Conditions]]) -> Standard:
    """Least squares, then weighted quantiles and covariances, per detector.

    Args:
        samples: by one-hot slot, vectors (N, K) with their conditions. In slots without showers mean and
            logarithm of the deviation are zero, quantiles those of a normal number, nothing is empty, and
            roots are one.
    """
    size = next(iter(samples.values()))[0].shape[1]
    tables = {name: np.zeros(shape, np.float32) for name, shape in standard_shapes(size).items()}
    tables["quantiles"][:] = knots()[:, None]
    tables["empty_below"][:] = -2 * _MAX_NORMAL
    tables["roots"][:] = np.eye(size)
    standard = Standard(**tables)
    for slot, (vector, conditions) in samples.items():
        _fit_slot(standard, slot, vector, conditions)
    return standard


def _fit_slot(standard: Standard, slot: int, vector: Array, conditions: Conditions) -> None:
    """Fill the tables of one detector."""
    design = _design(conditions)
    filled = np.isfinite(vector)
    for k in range(vector.shape[1]):
        rows = filled[:, k]
        if rows.sum() > _MIN_FILLED:
            mean, width = _line_fits(vector[rows, k], design[rows])
            standard.mean[slot, :, k], standard.log_deviation[slot, :, k] = mean, width
    mean, deviation = standard.at(conditions, slot)
    standardised = (vector - mean) / deviation
    weights = ENERGY_NODES.weights(conditions.energy).astype(np.float64)
    there = np.flatnonzero(weights.sum(axis=0) > 0)
    for node in there:
        weight = weights[:, node]
        empty = weight @ ~filled / weight.sum()
        # Where nothing is empty, or all is, the limit is out of reach.
        limit = np.clip(ndtri(empty), -2 * _MAX_NORMAL, 2 * _MAX_NORMAL)
        standard.empty_below[slot, node] = limit
        for k in range(vector.shape[1]):
            rows = filled[:, k] & (weight > 0)
            if rows.sum() > _MIN_FILLED:
                quantiles = _quantiles_of(standardised[rows, k], weight[rows], float(empty[k]))
                standard.quantiles[slot, node, :, k] = quantiles
    normal = standard.normal(vector, conditions, slot, np.random.default_rng(slot))
    everywhere = np.cov(normal, rowvar=False)
    for node in there:
        here = np.cov(normal, rowvar=False, aweights=weights[:, node])
        standard.roots[slot, node] = symmetric_root(
            (1 - _SHRINKAGE) * here + _SHRINKAGE * everywhere
        )


def _line_fits(values: Array, design: Array) -> tuple[Array, Array]:
    """Coefficients of the mean (5,) and of the logarithm of the deviation (2,) of some values (N,)."""
    line = design[:, :2]
    mean = np.linalg.lstsq(design, values, rcond=None)[0]
    residual = values - design @ mean
    width = np.linalg.lstsq(line, np.log(np.abs(residual) + _RIDGE), rcond=None)[0]
    # The mean of a logarithm is below the logarithm of the deviation.
    width[0] += np.log((residual / np.exp(line @ width)).std())
    return mean.astype(np.float64), width.astype(np.float64)


def _quantiles_of(values: Array, weights: Array, empty: float) -> Array:
    """Weighted quantiles of values (N,) at the knots, rising by a least step, (KNOTS,).

    Args:
        values: of those that are filled.
        weights: of each.
        empty: probability of an empty one, which is below all values. Below its knots the first line goes on.
    """
    order = np.argsort(values, kind="stable")
    middle = middle_shares(weights[order])
    probabilities = (ndtr(knots()) - empty) / (1 - empty)
    quantiles = np.interp(probabilities, middle, values[order])
    inside = np.flatnonzero(probabilities > middle[0])
    first = min(int(inside[0]) if len(inside) else KNOTS - 1, KNOTS - 2)
    slope = max(quantiles[first + 1] - quantiles[first], _MIN_SLOPE * KNOT_STEP)
    quantiles[:first] = quantiles[first] + slope * (np.arange(first) - first)
    return rising(quantiles)


def middle_shares(weights: Array) -> Array:
    """Share of all weight below the middle of each of some sorted values, for their weights (N,)."""
    shares: Array = (np.cumsum(weights) - weights / 2) / weights.sum()
    return shares


def rising(quantiles: Array) -> Array:
    """Quantiles (KNOTS,) that rise by a least step from knot to knot: they must be inverted."""
    rise = _MIN_SLOPE * KNOT_STEP * np.arange(KNOTS)
    risen: Array = np.maximum.accumulate(quantiles - rise) + rise
    return risen


def symmetric_root(covariance: Array) -> Array:
    """Symmetric root of a covariance, of which no variance is too small to divide by."""
    variances, directions = np.linalg.eigh(covariance)
    root: Array = (directions * np.sqrt(np.maximum(variances, _MIN_VARIANCE))) @ directions.T
    return root
