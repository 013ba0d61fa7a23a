"""Equivalent Geant4 statistics: how many Geant4 showers the model's showers are worth.

Any finite sample of Geant4 differs from the reference, by chance, the more the smaller it is. The
model's distance to the reference is read on that scale: it is worth the number n of independent
Geant4 showers that lie as far from the reference, on average, as the model's do. n large means: to see
that the model is not Geant4 takes a larger Geant4 sample than n.

The distance is that of Kolmogorov and Smirnov, averaged over the observables at fixed incident
particle. How it falls with n is measured: parts of the reference against the rest of it, which shares
no shower with them. (OzAmram/CMSHGCaloChallenge has a score of this kind, read off a table.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.ks import SCORES
from calobench.evaluation.univariate.samples import Distributions, Weights
from calobench.stats.resampling import Replicas, bootstrap
from calobench.stats.weights import Draws, as_they_are

__all__ = ["FEWEST_REFERENCE", "Equivalent", "Law", "Point", "equivalent_statistics", "measure_law"]

Array = NDArray[np.float64]

FEWEST_REFERENCE = 50
"""Half of fewer showers tells too little about the other half."""

# Parts of the reference that are compared with the rest, largest first; their number, of each size.
PARTS = (0.5, 0.25, 0.125, 0.0625)
FEWEST_IN_PART = 10
TRIALS = 40

(_KS,) = SCORES


class Law(NamedTuple):
    """The mean distance of n independent Geant4 showers to a reference of N.

    c / (r + 0.12 + 0.11 / r), r = 1 / sqrt(1/n + 1/N): for large samples distance^2 = c^2 / n + c^2 / N, with
    Stephens' correction for small ones. c = sqrt(pi / 2) ln 2 = 0.869 for every continuous observable.

    Attributes:
        c: measured.
        n_reference: N.
    """

    c: float
    n_reference: int

    def distance(self, n: Array | float) -> Array:
        """Mean distance of n showers."""
        root = 1 / np.sqrt(1 / np.asarray(n, np.float64) + 1 / self.n_reference)
        found: Array = self.c / (root + 0.12 + 0.11 / root)
        return found

    def showers(self, distance: float) -> float:
        """The n that has this mean distance; infinite where even all of Geant4 is further away."""
        if distance <= 0:
            return np.inf
        half = (self.c / distance - 0.12) / 2
        # Below one shower in both samples together the law ends.
        root = half + np.sqrt(max(half**2 - 0.11, 0.0))
        inverse = 1 / max(root, 0.5) ** 2 - 1 / self.n_reference
        return float(1 / inverse) if inverse > 0 else np.inf


class Point(NamedTuple):
    """Mean distance of ``n`` reference showers to the other ``rest``."""

    n: int
    rest: int
    distance: float


class Equivalent(NamedTuple):
    """What the model's sample is worth.

    Attributes:
        showers: n; the size of the model's sample where it is worth no less than that.
        low: lower end of the 68 % interval.
        high: upper end; None where it reaches the size of the sample: n is then "at least ``low``".
        distance: of the model, mean over observables.
        error: its bootstrap error.
        law: the scale.
        points: what the law was measured by.
        n_observables: over how many observables the mean goes.
    """

    showers: float
    low: float
    high: float | None
    distance: float
    error: float
    law: Law
    points: tuple[Point, ...]
    n_observables: int


def measure_law(
    reference: Mapping[str, Array], rng: np.random.Generator
) -> tuple[Law, tuple[Point, ...]]:
    """Compare parts of the reference with the rest of it.

    Args:
        reference: residuals of each observable, (N,) each.
        rng: chooses the parts.
    """
    n = len(next(iter(reference.values())))
    sizes = [max(2, round(part * n)) for part in PARTS if part * n >= FEWEST_IN_PART]
    chosen = np.zeros((TRIALS * len(sizes), n), dtype=np.uint8)
    for row, size in zip(chosen, np.repeat(sizes, TRIALS), strict=True):
        row[rng.choice(n, size, replace=False)] = 1
    showers = np.arange(n)
    parts = Weights(Draws(1 - chosen, showers), Draws(chosen, showers))
    trials = _mean_distance(reference, reference, [parts]).reshape(len(sizes), TRIALS)
    points = tuple(
        Point(size, n - size, float(distance))
        for size, distance in zip(sizes, trials.mean(axis=1), strict=True)
    )
    unit = [p.distance / float(Law(1.0, p.rest).distance(p.n)) for p in points]
    return Law(float(np.mean(unit)), n), points


def equivalent_statistics(
    reference: Mapping[str, Array],
    model: Mapping[str, Array],
    *,
    paired: bool,
    replicas: int,
    rng: np.random.Generator,
) -> Equivalent:
    """Find n, with the bootstrap interval that the model's distance has.

    Args:
        reference: observables at fixed incident particle, (N_ref,) each, at least 50 showers.
        model: the same observables, (N_model,) each.
        paired: model shower i has the condition of reference shower ``i mod N_ref``.
        replicas: of the bootstrap.
        rng: source of randomness.
    """
    law, points = measure_law(reference, rng)
    n_reference = law.n_reference
    n_model = len(next(iter(model.values())))
    (distance,) = _mean_distance(reference, model, [as_they_are(n_reference, n_model)])
    drawn: Replicas = bootstrap(n_reference, n_model, paired=paired, replicas=replicas, rng=rng)
    scatter = _mean_distance(reference, model, list(drawn.blocks()))
    below, above = np.quantile(scatter, (0.16, 0.84)) - np.median(scatter)
    showers, low, high = (law.showers(float(distance - shift)) for shift in (0.0, below, above))
    return Equivalent(
        showers=min(showers, n_model),
        low=min(low, n_model),
        high=high if high < n_model else None,
        distance=float(distance),
        error=float(scatter.std(ddof=1)),
        law=law,
        points=points,
        n_observables=len(reference),
    )


def _mean_distance(
    reference: Mapping[str, Array], model: Mapping[str, Array], blocks: list[Weights]
) -> Array:
    """Kolmogorov-Smirnov distance in each replica, averaged over observables, (B,)."""
    distances = []
    for name, values in reference.items():
        samples = Distributions.of(values, model[name]).coarse()
        distances.append(np.concatenate([_KS(samples, weights).value for weights in blocks]))
    mean: Array = np.mean(distances, axis=0)
    return mean
