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
from dataclasses import asdict

import numpy as np

from calobench.detectors import DetectorSpec
from calobench.showers import Conditions, Showers
from calobench_gflash.material import medium_of
from calobench_gflash.measure import (
    MIN_SHOWERS,
    Array,
    Sample,
    longitudinal_of,
    measure,
    sample_of,
)
from calobench_gflash.model import GFlash
from calobench_gflash.parameters import Parameters, Provenance, Radial, Response, Spots
from calobench_gflash.rings import fit_radial, rings_of

__all__ = ["MIN_SHOWERS", "fit"]

_ROUNDS = 4
_THRESHOLDS_MEV = (0.03, 0.1, 0.3, 1.0, 3.0)
_START_SPOT_MEV = 0.3
_SPOT_STEP = 0.2
_SPOT_LIMITS = ((0.01, 0.1), (3.0, 10.0))
"""Least and largest energy of a spot in MeV, and shape."""


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
    sample = sample_of(showers, detector)
    target, left_out = measure(sample)
    numbers, spots = target.numbers, Spots(energy_mev=_START_SPOT_MEV, shape=1.0)
    rings, response = rings_of(sample, target, numbers), target.response
    radial = fit_radial(rings, sample.ring_edges)
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
        again, _ = measure(sample_of(generate(spots, showers.conditions, run + 1), detector))
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
    sample: Sample,
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
        longitudinal=longitudinal_of(numbers),
        radial=radial,
        response=response,
        spots=spots,
        provenance=provenance,
    )


def _covered(values: Array, allowed: tuple[float, float], margin: Array) -> tuple[float, float]:
    """Range of the values with a margin, as far as the detector is meant to be used."""
    low, high = float((values - margin).min()), float((values + margin).max())
    return max(low, allowed[0]), min(high, allowed[1])


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


def _hits(showers: Showers) -> Array:
    """Mean number of cells above each threshold."""
    return np.array(
        [np.count_nonzero(showers.energy > cut) / len(showers) for cut in _THRESHOLDS_MEV]
    )
