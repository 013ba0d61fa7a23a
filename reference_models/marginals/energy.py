"""A small conditional model of the visible energy, beside the diffusion model.

A network that works on log cell energies gets the shape of a shower right long before its total. So
the shape comes from the network and the total from here: for each detector the response
R = E_vis / E_inc has a mean that is a polynomial in ln E, obliqueness and the shape's own mean depth
(late showers leak more), a relative deviation sqrt(a^2 / E + c^2), and the residuals' own quantiles
(the low tail of leakage is kept). Full, solver-accelerated and distilled variants share it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

__all__ = ["VisibleEnergyModel", "fit_visible_energy"]

Array = NDArray[np.float64]
_PIVOT_MEV = 30e3
_QUANTILES = 41
_LEVELS = (np.arange(_QUANTILES) + 0.5) / _QUANTILES


def _layer_sums(showers: NDArray[np.float32]) -> Array:
    """Energy in each layer, (N, Z)."""
    sums: Array = showers.sum(axis=(1, 2), dtype=np.float64)
    return sums


def _mean_depth(layers: Array, total: Array) -> Array:
    """Energy-weighted mean layer index, (N,), of the sums of the layers, (N, Z), and of all, (N,)."""
    depth: Array = layers @ np.arange(layers.shape[1]) / np.maximum(total, 1e-12)
    return depth


def _variables(energy: Array, theta: Array) -> tuple[Array, Array]:
    """Logarithm of E over the pivot, and obliqueness, (N,) each."""
    return np.log(energy / _PIVOT_MEV), 1 - np.sin(theta)


def _depth_design(u: Array, oblique: Array) -> Array:
    return np.array([np.ones_like(u), u, oblique]).T


def _mean_design(u: Array, oblique: Array, late: Array) -> Array:
    return np.array([np.ones_like(u), u, u**2, oblique, oblique**2, late, late * u]).T


@dataclass(frozen=True)
class VisibleEnergyModel:
    """Fitted tables, one row a one-hot slot.

    Attributes:
        depth: coefficients of the expected mean depth, (slots, 3), layers.
        mean: coefficients of the mean response, (slots, 7).
        noise: a in sqrt(MeV) and c of the relative deviation, (slots, 2).
        quantiles: of the residuals in units of the deviation, (slots, 41), at (i + 1/2)/41.
    """

    depth: Array
    mean: Array
    noise: Array
    quantiles: Array

    def rescale(
        self,
        showers: NDArray[np.float32],
        energy: Array,
        theta: Array,
        slot: int,
        rng: np.random.Generator,
    ) -> NDArray[np.float32]:
        """Give each shower a visible energy drawn from the model; an empty shower stays empty.

        Args:
            showers: (N, R, PHI, Z) MeV.
            energy: incident energies, (N,) MeV.
            theta: (N,) rad.
            slot: one-hot slot of the detector.
            rng: source of randomness.
        """
        layers = _layer_sums(showers)
        total = layers.sum(axis=1)
        u, oblique = _variables(energy, theta)
        late = _mean_depth(layers, total) - _depth_design(u, oblique) @ self.depth[slot]
        mean = _mean_design(u, oblique, late) @ self.mean[slot]
        deviation = np.sqrt(self.noise[slot, 0] ** 2 / energy + self.noise[slot, 1] ** 2)
        residual = np.interp(rng.random(len(energy)), _LEVELS, self.quantiles[slot])
        target = energy * np.maximum(mean * (1 + deviation * residual), 0)
        factor = np.divide(target, total, out=np.zeros_like(total), where=total > 0)
        rescaled: NDArray[np.float32] = showers * factor.astype(np.float32)[:, None, None, None]
        return rescaled

    def tensors(self) -> dict[str, Array]:
        """What has to be stored with the weights."""
        return {
            "depth": self.depth, "mean": self.mean, "noise": self.noise, "quantiles": self.quantiles
        }  # fmt: skip


def fit_visible_energy(
    showers: dict[int, NDArray[np.float32]],
    energy: dict[int, Array],
    theta: dict[int, Array],
    slots: int,
) -> VisibleEnergyModel:
    """Fit each slot by weighted least squares; a slot without showers copies the mean of the others.

    Args:
        showers: training showers of each slot, (N, R, PHI, Z) MeV.
        energy: incident energies, (N,) MeV.
        theta: (N,) rad.
        slots: number of one-hot slots.
    """
    depth, mean = np.zeros((slots, 3)), np.zeros((slots, 7))
    noise, quantiles = np.zeros((slots, 2)), np.zeros((slots, _QUANTILES))
    for k, cells in showers.items():
        e, (u, oblique) = energy[k], _variables(energy[k], theta[k])
        layers = _layer_sums(cells)
        total = layers.sum(axis=1)
        response, z = total / e, _mean_depth(layers, total)
        design = _depth_design(u, oblique)
        depth[k] = np.linalg.lstsq(design, z, rcond=None)[0]
        columns = _mean_design(u, oblique, z - design @ depth[k])
        # Two rounds: the second uses the deviation that the first one found as weight.
        deviation = np.sqrt(25.0 / e + 1e-4)
        for _ in range(2):
            weighted = columns / deviation[:, None]
            mean[k] = np.linalg.lstsq(weighted, response / deviation, rcond=None)[0]
            residual = response / (columns @ mean[k]) - 1
            squares = np.stack([1 / e, np.ones_like(e)], axis=1) / deviation[:, None] ** 2
            variances, _ = nnls(squares, residual**2 / deviation**2)
            noise[k] = np.sqrt(variances)
            deviation = np.sqrt(np.stack([1 / e, np.ones_like(e)], axis=1) @ variances)
        pulls = residual / deviation
        quantiles[k] = np.quantile(pulls, _LEVELS)
        # Cutting the tails at the outermost quantiles must not narrow the distribution.
        quantiles[k] = (quantiles[k] - quantiles[k].mean()) / quantiles[k].std()
    absent = [k for k in range(slots) if k not in showers]
    for table in (depth, mean, noise, quantiles):
        table[absent] = table[list(showers)].mean(axis=0)
    return VisibleEnergyModel(depth, mean, noise, quantiles)
