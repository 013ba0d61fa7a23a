"""Fits the parameters of a detector to showers of Geant4.

Each shower's own Gamma distribution comes first; its parameters are then described as functions of energy
and angle, with their spread. What the finite number of spots adds to that spread, and what the layers do
to the shape, is in the measured values as well: the model generates showers at the same conditions, these
are measured in the same way, and the parameters move by the difference (indirect inference: Gourieroux,
Monfort and Renault, J. Appl. Econometrics 8 (1993) S85). The energy of a spot follows from the number of
cells that are hit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, minimize

from calobench import errors
from calobench.detectors import DetectorSpec
from calobench.showers import Conditions, Showers
from calobench_gflash.material import medium_of
from calobench_gflash.model import GFlash
from calobench_gflash.parameters import (
    Longitudinal,
    Parameters,
    Provenance,
    Radial,
    Response,
    Spots,
)
from calobench_gflash.profiles import core_and_tail, fitted_depth, truncated_moments
from calobench_gflash.stack import Stack, normals

__all__ = ["MIN_SHOWERS", "fit"]

Array = NDArray[np.float64]

MIN_SHOWERS = 200
"""Fewer do not determine 30 numbers."""

_ROUNDS = 4
_THRESHOLDS_MEV = (0.03, 0.1, 0.3, 1.0, 3.0)
_MAX_CHI2 = 16.0
_START_SPOT_MEV = 0.3
_SPOT_STEP = 0.2
_SPOT_LIMITS = ((0.01, 0.1), (3.0, 10.0))
"""Least and largest energy of a spot in MeV, and shape."""
_TAU_EDGES = (0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0)
_START_SPREAD = ((-1.0, 1.0), (-0.5, 0.7))
_START_RADIAL = (0.1, 0.0, 0.12, 0.4, 0.6, -2.6, 0.4, 0.03, 2.5, 0.5, 1.3, -0.05)


@dataclass(frozen=True)
class _Sample:
    """Showers with what does not change while parameters do."""

    showers: Showers
    energy_gev: Array
    log_y: Array
    slant: Array
    length: Array  # in X0
    dz: float  # in X0
    ring_edges: Array  # in R_M


def fit(
    showers: Showers,
    detector: DetectorSpec,
    provenance: Callable[[int], Provenance],
    seed: int,
    report: Callable[[str], None] = lambda _: None,
) -> Parameters:
    """Parameters that give showers like these.

    Args:
        showers: of Geant4.
        detector: their detector.
        provenance: of the parameters, given how many showers the longitudinal fit left out.
        seed: of the showers that are generated on the way.
        report: is told what goes on.

    Raises:
        ModelError: there are too few showers, or showers without a Gamma distribution.
    """
    sample = _sample(showers, detector)
    target, left_out = _measure(sample)
    numbers, spots = target.numbers, Spots(energy_mev=_START_SPOT_MEV, shape=1.0)
    rings, response = _rings(sample, target, numbers), target.response
    radial = _fit_radial(rings, sample.ring_edges)
    origin = provenance(left_out)

    def made_with(spots: Spots) -> Parameters:
        return _parameters(numbers, radial, response, spots, detector, sample, origin)

    def generate(spots: Spots, asked: Conditions, run: int) -> Showers:
        model = GFlash({detector.name: made_with(spots)})
        energy = model.generate(asked, detector, np.random.SeedSequence([seed, run]))
        return Showers(energy, asked)

    few = showers[: MIN_SHOWERS * 2]
    for run in range(_ROUNDS):
        spots = _next_spots(spots, _hits(few), lambda new: _hits(generate(new, few.conditions, 0)))
        again, _ = _measure(_sample(generate(spots, showers.conditions, run + 1), detector))
        gap = np.nanmean(again.centre) / np.nanmean(target.centre) - 1
        report(
            f"round {run + 1}: spots of {spots.energy_mev:.3g} MeV, shape {spots.shape:.2f}; "
            f"mean depth off by {gap:+.2%}"
        )
        numbers = _moved(
            numbers, target.numbers, again.numbers, np.quantile(sample.log_y, [0.1, 0.9])
        )
    return made_with(spots)


def _parameters(
    numbers: Array,
    radial: Radial,
    response: Response,
    spots: Spots,
    detector: DetectorSpec,
    sample: _Sample,
    provenance: Provenance,
) -> Parameters:
    medium, conditions = medium_of(detector), sample.showers.conditions
    return Parameters(
        detector=detector.name,
        geometry_hash=detector.geometry_hash,
        **asdict(medium),
        energy_range_mev=_covered(
            conditions.energy, detector.energy_range_mev, 0.05 * conditions.energy
        ),
        theta_range=_covered(
            conditions.theta, detector.theta_range, np.full(len(conditions), 0.02)
        ),
        longitudinal=_longitudinal(numbers),
        radial=radial,
        response=response,
        spots=spots,
        provenance=provenance,
    )


def _covered(values: Array, allowed: tuple[float, float], margin: Array) -> tuple[float, float]:
    """Range of the values with a margin, as far as the detector is meant to be used."""
    low, high = float((values - margin).min()), float((values + margin).max())
    return max(low, allowed[0]), min(high, allowed[1])


def _sample(showers: Showers, detector: DetectorSpec) -> _Sample:
    if len(showers) < MIN_SHOWERS:
        raise errors.ModelError(
            f"{len(showers)} showers are too few for a fit; give at least {MIN_SHOWERS}"
        )
    medium, mesh = medium_of(detector), detector.mesh_geometry
    normal = normals(detector, showers.conditions)
    energy = showers.conditions.energy
    return _Sample(
        showers,
        energy / 1000,
        np.log(energy / medium.critical_energy_mev),
        1 / normal[:, 2] - 1,
        Stack.of(detector).length_mm(normal) / medium.radiation_length_mm,
        mesh.dz_mm / medium.radiation_length_mm,
        np.arange(mesh.n_r + 1) * mesh.dr_mm / medium.moliere_radius_mm,
    )


@dataclass(frozen=True)
class _Measured:
    """The longitudinal fit: its 12 numbers, each shower's centre of gravity (X0), the response."""

    numbers: Array
    centre: Array
    response: Response


def _measure(sample: _Sample) -> tuple[_Measured, int]:
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
    return _Measured(numbers, alpha / beta, response), int((~good).sum())


def _longitudinal(numbers: Array) -> Longitudinal:
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
        mean, spread, correlation = _longitudinal(numbers).moments(log_y, slant)
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


def _fit_response(ratio: Array, sample: _Sample, good: NDArray[np.bool_]) -> Response:
    log_y, slant, energy = sample.log_y[good], sample.slant[good], sample.energy_gev[good]

    def response(numbers: Array) -> Response:
        return Response(mean=tuple(numbers[:3]), resolution=tuple(abs(numbers[3:])))

    def loss(numbers: Array) -> float:
        mean, relative = response(numbers).at(log_y, slant, energy)
        chi2 = np.minimum(((ratio / mean - 1) / relative) ** 2, _MAX_CHI2)
        return float(np.mean(chi2 + 2 * np.log(relative * abs(mean))))

    found = np.array([np.median(ratio), 0.0, 0.0, 0.15, 0.01])
    for _ in range(3):
        found = minimize(
            loss, found, method="Nelder-Mead", options={"maxiter": 2000, "fatol": 1e-9}
        ).x
    return response(np.array([float(value) for value in found]))


def _moved(current: Array, target: Array, made: Array, log_y: Array) -> Array:
    """The 12 numbers, moved by what the generated showers lack.

    Means move as they are. Spreads do as variances at the two energies ``log_y``, where the fluctuations of
    spots add to those of the showers.
    """
    moved = current + target - made
    spreads = []
    for first in (6, 8):
        terms = np.stack([np.ones(2), log_y], axis=1)
        now, aim, got = (
            1 / (terms @ numbers[first : first + 2]) for numbers in (current, target, made)
        )
        variance = np.maximum(now**2 + aim**2 - got**2, 0.05 * aim**2)
        spreads.append(np.linalg.solve(terms, 1 / np.sqrt(variance)))
    return np.concatenate([moved[:6], *spreads, moved[10:]])


def _next_spots(start: Spots, target: Array, hits: Callable[[Spots], Array]) -> Spots:
    """One step of Gauss and Newton towards the spots that hit as many cells above each threshold."""

    def off(numbers: Array) -> Array:
        return np.log(hits(_spots_of(numbers)) / target)

    now = np.log([start.energy_mev, start.shape])
    at_now = off(now)
    slope = np.stack(
        [(off(now + step) - at_now) / _SPOT_STEP for step in _SPOT_STEP * np.eye(2)], axis=1
    )
    step = np.linalg.lstsq(slope, -at_now, rcond=1e-2)[0]
    return _spots_of(np.clip(now + np.clip(step, -0.7, 0.7), *np.log(_SPOT_LIMITS)))


def _spots_of(numbers: Array) -> Spots:
    energy, shape = np.exp(numbers)
    return Spots(energy_mev=float(energy), shape=float(shape))


def _fit_radial(rings: _Rings, edges: Array) -> Radial:
    """The radial profile with the least squares over rings, depths and energies."""

    def off(numbers: Array) -> Array:
        expected = core_and_tail(edges, *_radial_of(numbers).at(rings.tau, rings.energy_gev))
        off = (expected - rings.fractions) / np.sqrt(rings.fractions + 1e-3)
        return (rings.root_weight[:, None] * off).ravel()

    return _radial_of(least_squares(off, _START_RADIAL, x_scale=0.1, max_nfev=400).x)


def _radial_of(numbers: Array) -> Radial:
    values = [float(value) for value in numbers]
    return Radial(core=tuple(values[0:3]), tail=tuple(values[3:8]), weight=tuple(values[8:12]))


@dataclass(frozen=True)
class _Rings:
    """Energy by ring in groups of like tau and energy: fractions (G, R); of groups (G,) the rest."""

    fractions: Array
    root_weight: Array
    tau: Array
    energy_gev: Array


def _rings(sample: _Sample, measured: _Measured, numbers: Array) -> _Rings:
    depth_unit = _longitudinal(numbers).depth_unit(measured.centre, sample.log_y, sample.slant)
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
    return _Rings(np.array(fractions).T, root, mean_tau, np.where(weight > 0, mean_energy, 1))


def _hits(showers: Showers) -> Array:
    """Mean number of cells above each threshold."""
    return np.array(
        [np.count_nonzero(showers.energy > cut) / len(showers) for cut in _THRESHOLDS_MEV]
    )
