"""Efficiencies with the errors of counting, and the separation at which half of the pairs is resolved."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit, xlogy

__all__ = ["Turnon", "fit_turnon", "wilson"]

Floats = NDArray[np.float64]

# Of the logit of the plateau, the middle over the largest separation, the logarithm of the width over it.
_BOUNDS = ((-10.0, 12.0), (-1.0, 3.0), (-6.0, 1.0))


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
        """Separation at which the efficiency is 50 %, mm; NaN where it never is."""
        if self.plateau <= 0.5:
            return float("nan")
        return float(self.middle_mm - self.width_mm * np.log(2 * self.plateau - 1))

    def __call__(self, separation: Floats) -> Floats:
        """Efficiency at separations in mm, (...)."""
        return np.asarray(self.plateau * expit((separation - self.middle_mm) / self.width_mm))


def fit_turnon(
    separation: Floats,
    resolved: Floats,
    weight: Floats | None = None,
    start: Turnon | None = None,
) -> Turnon:
    """Fit the turn-on by maximum likelihood to single events, without bins.

    Args:
        separation: true separations, mm, (E,).
        resolved: 1 where both photons were reconstructed, else 0, (E,).
        weight: how often each event counts, (E,); None for once.
        start: where to begin, such as the fit of the same events with other weights.

    Returns:
        The fit; a plateau of 0 where nothing is resolved.
    """
    weight = np.ones_like(separation) if weight is None else weight
    scale = float(separation.max(initial=0.0)) or 1.0
    if not np.any(weight * resolved):
        return Turnon(0.0, scale, scale)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        a, middle, log_width = parameters
        distance = (separation / scale - middle) / np.exp(log_width)
        rise = expit(distance)
        p = np.clip(expit(a) * rise, 1e-12, 1 - 1e-12)
        likelihood = xlogy(resolved, p) + xlogy(1 - resolved, 1 - p)
        # Weak priors keep the fit finite where every event, or none, is resolved.
        value = (a / 8) ** 2 + (log_width + 2.5) ** 2 / 8 - float((weight * likelihood).sum())
        pull = weight * (resolved - p) / (1 - p)
        slope = pull * (1 - rise)
        gradient = [
            a / 32 - pull.sum() * (1 - expit(a)),
            slope.sum() / np.exp(log_width),
            (log_width + 2.5) / 4 + (slope * distance).sum(),
        ]
        return value, np.array(gradient)

    if start is None or not 0 < start.plateau < 1:
        begin = np.array([3.0, _half_way(separation, weight * resolved, weight) / scale, -2.5])
    else:
        begin = np.array(
            [logit(start.plateau), start.middle_mm / scale, np.log(start.width_mm / scale)]
        )
    best = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=_BOUNDS)
    a, d, w = best.x
    return Turnon(float(expit(a)), float(d * scale), float(np.exp(w) * scale))


def _half_way(separation: Floats, resolved: Floats, weight: Floats) -> float:
    """Separation beyond which one half of the events is resolved, mm."""
    order = np.argsort(separation, kind="stable")
    resolved_beyond = np.cumsum(resolved[order][::-1])[::-1]
    tail = np.cumsum(weight[order][::-1])[::-1]
    above = np.flatnonzero(resolved_beyond > 0.5 * tail)
    return float(separation[order[above[0]]] if len(above) else separation.max())
