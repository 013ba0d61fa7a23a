"""Efficiencies with the errors of counting, and the separation at which half of the pairs is resolved."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, xlogy

__all__ = ["Turnon", "fit_turnon", "wilson"]

Floats = NDArray[np.float64]


def wilson(successes: ArrayLike, trials: ArrayLike, z: float = 1.0) -> tuple[Floats, Floats]:
    """Wilson's interval of a binomial fraction (J. Am. Stat. Assoc. 22 (1927) 209).

    It is never empty and never leaves [0, 1], unlike the normal one at 0 or all successes.

    Args:
        successes: (...).
        trials: (...); zero gives [0, 1].
        z: half width in standard deviations of a normal; 1 for 68 %.

    Returns:
        Lower and upper ends, (...).
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    centre = (k + z**2 / 2) / (n + z**2)
    half = z * np.sqrt(np.divide(k * (n - k), n, out=np.zeros(n.shape), where=n > 0) + z**2 / 4)
    half = half / (n + z**2)
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


class Turnon(NamedTuple):
    """A logistic turn-on A / (1 + exp(-(d - d0) / w)).

    Attributes:
        plateau: A, the efficiency far apart.
        middle_mm: d0.
        width_mm: w.
    """

    plateau: float
    middle_mm: float
    width_mm: float

    @property
    def half_mm(self) -> float:
        """Where the efficiency is 50 %, mm; NaN where it never is."""
        if self.plateau <= 0.5:
            return float("nan")
        return float(self.middle_mm - self.width_mm * np.log(2 * self.plateau - 1))

    def __call__(self, separation: Floats) -> Floats:
        """Efficiency at separations in mm, (...)."""
        return np.asarray(self.plateau * expit((separation - self.middle_mm) / self.width_mm))


def fit_turnon(separation: Floats, resolved: Floats, weight: Floats | None = None) -> Turnon:
    """Fit the turn-on by maximum likelihood to single events, without bins.

    Args:
        separation: true separations, mm, (E,).
        resolved: 1 where the photons were found apart, else 0, (E,).
        weight: how often each event counts, (E,); None for once.

    Returns:
        The fit; a plateau of 0 where nothing is resolved.
    """
    weight = np.ones_like(separation) if weight is None else weight
    if not np.any(weight * resolved):
        return Turnon(0.0, float(separation.max(initial=1.0)), 1.0)
    scale = float(separation.max(initial=0.0)) or 1.0

    def loss(parameters: Floats) -> float:
        plateau, middle, log_width = expit(parameters[0]), parameters[1], parameters[2]
        p = plateau * expit((separation / scale - middle) / np.exp(log_width))
        likelihood = xlogy(resolved, p) + xlogy(1 - resolved, 1 - p)
        # Weak priors keep the fit finite where every event, or none, is resolved.
        prior = (parameters[0] / 8) ** 2 + (log_width + 2.5) ** 2 / 8
        return float(prior - (weight * likelihood).sum())

    # The middle starts where the running share of resolved events passes one half.
    order = np.argsort(separation)
    share = np.cumsum((weight * resolved)[order][::-1])[::-1]
    tail = np.cumsum(weight[order][::-1])[::-1]
    above = np.flatnonzero(share > 0.5 * tail)
    middle = separation[order[above[0]]] / scale if len(above) else 1.0
    start = np.array([3.0, middle, np.log(0.08)])
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-4})
    a, d, w = best.x
    return Turnon(float(expit(a)), float(d * scale), float(np.exp(w) * scale))
