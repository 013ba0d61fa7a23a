"""The energy resolution of a calorimeter, fitted to a few energies."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["ResolutionFit", "Term", "fit_resolution"]

Array = NDArray[np.float64]

_POWERS = np.array([1.0, 0.0, 2.0])
_ONE_SIDED_95 = 1.645


class Term(NamedTuple):
    """One term of the resolution.

    Attributes:
        value: never negative; energies in GeV.
        error: standard deviation; None where the term is not a standard deviation above zero.
        upper: upper limit at 95 % confidence.
    """

    value: float
    error: float | None
    upper: float


class ResolutionFit(NamedTuple):
    """sigma / E = a / sqrt(E) (+) b (+) c / E, added in quadrature.

    Attributes:
        stochastic: a, sqrt(GeV).
        constant: b.
        noise: c, GeV.
        chi2: of the squared resolutions.
        ndf: points less terms.
    """

    stochastic: Term
    constant: Term
    noise: Term
    chi2: float
    ndf: int

    def __call__(self, energy_gev: Array) -> Array:
        """The resolution at these energies, (...)."""
        squares = np.array([self.stochastic.value, self.constant.value, self.noise.value]) ** 2
        return np.asarray(np.sqrt(_design(energy_gev) @ squares))


def fit_resolution(energy_gev: Array, resolution: Array, error: Array) -> ResolutionFit | None:
    """Fit the three terms to resolutions; a term is never negative.

    Squared resolutions are linear in the squares of the terms: least squares with bounds, whose solution is
    that without bounds of the terms that are not zero (Lawson and Hanson, *Solving Least Squares Problems*,
    1974, chapter 23). Errors are those of the fit without bounds.

    Args:
        energy_gev: of each point, GeV, (N,).
        resolution: sigma over mean, (N,).
        error: of it, (N,); a point without one is left out.

    Returns:
        None for fewer than four points: three would be met exactly.
    """
    used = (error > 0) & (resolution > 0) & (energy_gev > 0) & np.isfinite(resolution + error)
    if used.sum() <= len(_POWERS):
        return None
    energy, value, spread = energy_gev[used], resolution[used], error[used]
    weight = 1 / (2 * value * spread)
    design, target = _design(energy) * weight[:, None], value**2 * weight
    squares = _non_negative(design, target)
    rest = design @ squares - target
    covariance = np.linalg.pinv(design.T @ design)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    a, b, c = (_term(float(s), float(e)) for s, e in zip(squares, errors, strict=True))
    return ResolutionFit(a, b, c, chi2=float(rest @ rest), ndf=int(used.sum()) - len(_POWERS))


def _non_negative(design: Array, target: Array) -> Array:
    """Least squares without negative terms: the best of all choices of terms, of which there are few."""
    terms = design.shape[1]
    best, least = np.zeros(terms), float(target @ target)
    for count in range(1, terms + 1):
        for chosen in map(list, combinations(range(terms), count)):
            solution = np.linalg.lstsq(design[:, chosen], target, rcond=None)[0]
            rest = design[:, chosen] @ solution - target
            if (solution >= 0).all() and rest @ rest < least:
                least = float(rest @ rest)
                best = np.zeros(terms)
                best[chosen] = solution
    return best


def _design(energy: Array) -> Array:
    return np.asarray(np.asarray(energy, np.float64)[..., None] ** -_POWERS)


def _term(square: float, error: float) -> Term:
    value = float(np.sqrt(square))
    upper = float(np.sqrt(square + _ONE_SIDED_95 * error))
    return Term(value, error / (2 * value) if square > error else None, upper)
