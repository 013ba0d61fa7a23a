"""Measurements of a sample of showers: their longitudinal distribution and their response."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from calobench import errors
from calobench.detectors import DetectorSpec
from calobench.showers import Showers
from calobench_gflash.material import medium_of
from calobench_gflash.parameters import Longitudinal, Response
from calobench_gflash.profiles import fitted_depth, truncated_moments
from calobench_gflash.stack import Stack, normals

__all__ = ["MIN_SHOWERS", "Array", "Measured", "Sample", "longitudinal_of", "measure", "sample_of"]

Array = NDArray[np.float64]

MIN_SHOWERS = 200
"""Fewer do not determine 30 numbers."""

_MAX_CHI2 = 16.0
_START_SPREAD = ((-1.0, 1.0), (-0.5, 0.7))


@dataclass(frozen=True)
class Sample:
    """Showers with what does not change while parameters do."""

    showers: Showers
    energy_gev: Array
    log_y: Array
    slant: Array
    length: Array  # in X0
    dz: float  # in X0
    ring_edges: Array  # in R_M


def sample_of(showers: Showers, detector: DetectorSpec) -> Sample:
    """The sample of showers of a detector.

    Raises:
        ModelError: there are fewer than :data:`MIN_SHOWERS`.
    """
    if len(showers) < MIN_SHOWERS:
        raise errors.ModelError(
            f"{len(showers)} showers are too few for a fit; give at least {MIN_SHOWERS}"
        )
    medium, mesh = medium_of(detector), detector.mesh_geometry
    normal = normals(detector, showers.conditions)
    energy = showers.conditions.energy
    return Sample(
        showers,
        energy / 1000,
        np.log(energy / medium.critical_energy_mev),
        1 / normal[:, 2] - 1,
        Stack.of(detector).length_mm(normal) / medium.radiation_length_mm,
        mesh.dz_mm / medium.radiation_length_mm,
        np.arange(mesh.n_r + 1) * mesh.dr_mm / medium.moliere_radius_mm,
    )


@dataclass(frozen=True)
class Measured:
    """The longitudinal fit: its 12 numbers, each shower's centre of gravity (X0), the response."""

    numbers: Array
    centre: Array
    response: Response


def measure(sample: Sample) -> tuple[Measured, int]:
    """The longitudinal fit of a sample, and how many showers it left out.

    Raises:
        ModelError: a tenth of the showers or more have no Gamma distribution.
    """
    profile = sample.showers.energy.sum(axis=(1, 2), dtype=np.float64)
    alpha, beta = fitted_depth(profile, sample.dz, sample.length)
    good = np.isfinite(alpha)
    if good.mean() < 0.9:
        raise errors.ModelError(
            f"{int((~good).sum())} of {len(good)} showers have no longitudinal Gamma distribution; "
            "these are not photons or electrons in this detector"
        )
    t_max = (alpha - 1) / beta
    pairs = np.log(np.stack([t_max, alpha])[:, good])
    numbers = _fit_longitudinal(pairs, sample.log_y[good], sample.slant[good])
    inside = truncated_moments(alpha[good], beta[good], sample.length[good])[0]
    ratio = profile.sum(axis=1)[good] / (1000 * sample.energy_gev[good] * inside)
    response = _fit_response(ratio, sample, good)
    return Measured(numbers, alpha / beta, response), int((~good).sum())


def longitudinal_of(numbers: Array) -> Longitudinal:
    """The 12 numbers of the fit by their names."""
    values = [float(value) for value in numbers]
    return Longitudinal(
        t_max=tuple(values[0:3]),
        alpha=tuple(values[3:6]),
        spread_t_max=tuple(values[6:8]),
        spread_alpha=tuple(values[8:10]),
        correlation=tuple(values[10:12]),
    )


def _fit_longitudinal(pairs: Array, log_y: Array, slant: Array) -> Array:
    """The 12 numbers with the largest likelihood of (ln T, ln alpha), two correlated normal numbers."""

    def loss(numbers: Array) -> float:
        mean, spread, correlation = longitudinal_of(numbers).moments(log_y, slant)
        first, second = (pairs - mean) / spread
        left = 1 - correlation**2
        chi2 = (first**2 - 2 * correlation * first * second + second**2) / left
        # A shower far out, of which there are a few, shall not decide: at most as one 4 sigma out.
        loss = np.minimum(chi2, _MAX_CHI2) + np.log(left) + 2 * np.log(spread).sum(axis=0)
        return float(np.mean(loss))

    terms = np.stack([np.ones_like(log_y), log_y, slant], axis=1)
    means = [np.linalg.lstsq(terms, np.exp(row), rcond=None)[0] for row in pairs]
    start = np.concatenate([*means, *_START_SPREAD, (0.5, 0.0)])
    return np.asarray(minimize(loss, start, method="BFGS", options={"gtol": 1e-5}).x)


def _fit_response(ratio: Array, sample: Sample, good: NDArray[np.bool_]) -> Response:
    log_y, slant, energy = sample.log_y[good], sample.slant[good], sample.energy_gev[good]

    def response(numbers: Array) -> Response:
        return Response(mean=tuple(numbers[:3]), resolution=tuple(abs(numbers[3:])))

    def loss(numbers: Array) -> float:
        mean, relative = response(numbers).at(log_y, slant, energy)
        chi2 = np.minimum(((ratio / mean - 1) / relative) ** 2, _MAX_CHI2)
        return float(np.mean(chi2 + 2 * np.log(relative * abs(mean))))

    best = np.array([np.median(ratio), 0.0, 0.0, 0.15, 0.01])
    for _ in range(3):
        best = minimize(
            loss, best, method="Nelder-Mead", options={"maxiter": 2000, "fatol": 1e-9}
        ).x
    return response(np.array([float(value) for value in best]))
