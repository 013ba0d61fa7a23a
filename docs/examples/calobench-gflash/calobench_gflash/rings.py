"""The radial profile of a sample: energies in rings by depth and energy, and the fit to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from calobench_gflash.measure import Array, Measured, Sample, longitudinal_of
from calobench_gflash.parameters import Radial
from calobench_gflash.profiles import core_and_tail

__all__ = ["Rings", "fit_radial", "rings_of"]

_TAU_EDGES = (0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0)
_START = (0.1, 0.0, 0.12, 0.4, 0.6, -2.6, 0.4, 0.03, 2.5, 0.5, 1.3, -0.05)


@dataclass(frozen=True)
class Rings:
    """Energy by ring in groups of like tau and energy: fractions (G, R); of groups (G,) the rest."""

    fractions: Array
    root_weight: Array
    tau: Array
    energy_gev: Array


def rings_of(sample: Sample, measured: Measured, numbers: Array) -> Rings:
    """Energy by ring of a sample, with the longitudinal fit ``numbers``."""
    depth_unit = longitudinal_of(numbers).depth_unit(measured.centre, sample.log_y, sample.slant)
    rings = sample.showers.energy.sum(axis=2, dtype=np.float64)  # (N, R, Z)
    tau = (np.arange(rings.shape[2]) + 0.5) * sample.dz / depth_unit[:, None]
    by_energy = np.digitize(sample.energy_gev, np.quantile(sample.energy_gev, [0.2, 0.4, 0.6, 0.8]))
    n_tau = len(_TAU_EDGES) + 1
    group = (np.digitize(tau, _TAU_EDGES) + n_tau * by_energy[:, None]).ravel()
    flat = rings.transpose(0, 2, 1).reshape(-1, rings.shape[1])
    total = flat.sum(axis=1)
    known = np.isfinite(tau).ravel()

    def sums(values: Array) -> Array:
        return np.bincount(group[known], values[known], 5 * n_tau)

    weight = sums(total)
    energy = np.repeat(sample.energy_gev, rings.shape[2])
    columns = (*flat.T, total * np.nan_to_num(tau.ravel()), total * energy)
    *fractions, mean_tau, mean_energy = (
        sums(column) / np.where(weight > 0, weight, 1) for column in columns
    )
    root = np.sqrt(weight / weight.sum())
    return Rings(np.array(fractions).T, root, mean_tau, np.where(weight > 0, mean_energy, 1))


def fit_radial(rings: Rings, edges: Array) -> Radial:
    """The radial profile with the least squares over rings, depths and energies."""

    def off(numbers: Array) -> Array:
        expected = core_and_tail(edges, *_radial_of(numbers).at(rings.tau, rings.energy_gev))
        off = (expected - rings.fractions) / np.sqrt(rings.fractions + 1e-3)
        return (rings.root_weight[:, None] * off).ravel()

    return _radial_of(least_squares(off, _START, x_scale=0.1, max_nfev=400).x)


def _radial_of(numbers: Array) -> Radial:
    values = [float(value) for value in numbers]
    return Radial(core=tuple(values[0:3]), tail=tuple(values[3:8]), weight=tuple(values[8:12]))
