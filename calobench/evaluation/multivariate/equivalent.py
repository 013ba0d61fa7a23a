"""Equivalent Geant4 statistics: how many Geant4 showers the model's showers are worth.

Any finite sample of Geant4 differs from the reference, by chance, the more the smaller it is. The
model's distance to the reference is read on that scale: it is worth the number n of independent
Geant4 showers that lie as far from the reference, on average, as the model's do.

The distance is that of Kolmogorov and Smirnov, averaged over the observables at fixed incident
particle. An average hides what is wrong in one of them: a scale that is off by 2 % moves few
observables and is still worth more than a hundred showers, though five suffice to see it in the
response alone. Every observable, profiles too, is therefore put on the scale of its own as well, and the
worst is named beside what the worst of Geant4's own showers is worth.

How distances fall with n is measured: parts of the reference against the rest of it, which shares
no shower with them. (OzAmram/CMSHGCaloChallenge has a score of this kind, read off a table.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.worst import (
    profile_distances,
    profile_distances_of_parts,
    worst_observable,
)
from calobench.evaluation.univariate import ks
from calobench.evaluation.univariate.samples import Distributions, Weights
from calobench.stats.resampling import Replicas, bootstrap
from calobench.stats.weights import Draws, as_they_are

__all__ = ["MIN_REFERENCE", "Equivalent", "Law", "Point", "equivalent_statistics", "measure_law"]

Array = NDArray[np.float64]

MIN_REFERENCE = 50
"""Half of fewer showers tells too little about the other half."""

# Parts of the reference that are compared with the rest, largest first; their number, of each size.
PARTS = (0.5, 0.25, 0.125, 0.0625)
MIN_IN_PART = 10
TRIALS = 40

(_KS,) = ks.SCORES


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
        distances: Array = self.c / (root + 0.12 + 0.11 / root)
        return distances

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


class Worst(NamedTuple):
    """The observable that is worth least on a scale of its own.

    Attributes:
        name: of the observable.
        distance: between its distributions, or its mean cumulative profiles.
        showers: n; at most the size of the model's sample.
        geant4: the worst observable of a sample of Geant4 of the model's size is worth at least so
            much in 95 % of cases.
    """

    name: str
    distance: float
    showers: float
    geant4: float


class Equivalent(NamedTuple):
    """Number of Geant4 showers that the model's sample is worth.

    Attributes:
        showers: n; the size of the model's sample where it is worth no less than that.
        low: lower end of the 68 % interval.
        high: upper end; None where it reaches the size of the sample: n is then "at least ``low``".
        distance: of the model, mean over observables.
        error: its bootstrap error.
        law: the scale.
        points: what the law was measured by.
        n_observables: over how many observables the mean goes.
        worst: the observable that is worth least.
    """

    showers: float
    low: float
    high: float | None
    distance: float
    error: float
    law: Law
    points: tuple[Point, ...]
    n_observables: int
    worst: Worst


class Parts(NamedTuple):
    """Parts of the reference, to be compared with the rest of it.

    Attributes:
        sizes: showers of a part, (S,).
        chosen: 1 for the showers of each part, so many parts of each size, (S T, N).
    """

    sizes: tuple[int, ...]
    chosen: NDArray[np.uint8]

    @classmethod
    def draw(cls, n: int, rng: np.random.Generator) -> Parts:
        """Choose parts of a reference of n showers."""
        sizes = [max(2, round(part * n)) for part in PARTS if part * n >= MIN_IN_PART]
        chosen = np.zeros((TRIALS * len(sizes), n), dtype=np.uint8)
        for row, size in zip(chosen, np.repeat(sizes, TRIALS), strict=True):
            row[rng.choice(n, size, replace=False)] = 1
        return cls(tuple(sizes), chosen)

    @property
    def weights(self) -> Weights:
        """The rest as reference, the part as model."""
        showers = np.arange(self.chosen.shape[1])
        return Weights(Draws(1 - self.chosen, showers), Draws(self.chosen, showers))

    @property
    def units(self) -> Array:
        """Distance of each part by the law with c = 1, (S T,)."""
        n = self.chosen.shape[1]
        unit = [float(Law(1.0, n - size).distance(size)) for size in self.sizes]
        return np.repeat(unit, TRIALS)

    def law(self, mean_distance: Array) -> tuple[Law, tuple[Point, ...]]:
        """The law that goes through the mean distance of each part, (S T,)."""
        n = self.chosen.shape[1]
        of_sizes = mean_distance.reshape(len(self.sizes), TRIALS).mean(axis=1)
        points = tuple(
            Point(size, n - size, float(distance))
            for size, distance in zip(self.sizes, of_sizes, strict=True)
        )
        unit = [p.distance / float(Law(1.0, p.rest).distance(p.n)) for p in points]
        return Law(float(np.mean(unit)), n), points


def measure_law(
    reference: Mapping[str, Array], rng: np.random.Generator
) -> tuple[Law, tuple[Point, ...]]:
    """Compare parts of the reference with the rest of it.

    Args:
        reference: residuals of each observable, (N,) each.
        rng: chooses the parts.
    """
    parts = Parts.draw(len(next(iter(reference.values()))), rng)
    return parts.law(_distances(reference, reference, [parts.weights]).mean(axis=0))


def equivalent_statistics(
    reference: Mapping[str, Array],
    model: Mapping[str, Array],
    *,
    paired: bool,
    replicas: int,
    rng: np.random.Generator,
    profiles: tuple[Mapping[str, Array], Mapping[str, Array]] = ({}, {}),
) -> Equivalent:
    """Find n, with the bootstrap interval that the model's distance has.

    Args:
        reference: observables at fixed incident particle, (N_ref,) each, at least 50 showers.
        model: the same observables, (N_model,) each.
        paired: model shower i has the condition of reference shower ``i mod N_ref``.
        replicas: of the bootstrap.
        rng: source of randomness.
        profiles: cumulative profiles of the reference and of the model at fixed incident particle, (N, K)
            each, which only the worst observable is sought among.
    """
    n_reference, n_model = (len(next(iter(side.values()))) for side in (reference, model))
    parts = Parts.draw(n_reference, rng)
    of_parts = _distances(reference, reference, [parts.weights])
    law, points = parts.law(of_parts.mean(axis=0))
    distances = _distances(reference, model, [as_they_are(n_reference, n_model)])[:, 0]
    distance = distances.mean()
    worst = worst_observable(
        (*reference, *profiles[0]),
        np.append(distances, profile_distances(*profiles)),
        np.concatenate([of_parts, profile_distances_of_parts(profiles[0], parts.chosen)]),
        parts.units,
    )
    drawn: Replicas = bootstrap(n_reference, n_model, paired=paired, replicas=replicas, rng=rng)
    scatter = _distances(reference, model, list(drawn.blocks())).mean(axis=0)
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
        worst=Worst(
            worst.name,
            worst.distance,
            min(Law(worst.c, n_reference).showers(worst.distance), n_model),
            _worth(worst.by_chance, n_model, n_reference),
        ),
    )


def _worth(times: float, n_model: int, n_reference: int) -> float:
    """Showers whose distance is so many times that of n_model showers, by the law."""
    law = Law(1.0, n_reference)
    return min(law.showers(times * float(law.distance(n_model))), n_model)


def _distances(
    reference: Mapping[str, Array], model: Mapping[str, Array], blocks: list[Weights]
) -> Array:
    """Kolmogorov-Smirnov distance of each observable in each replica, (K, B)."""
    distances = []
    for name, values in reference.items():
        samples = Distributions.of(values, model[name]).coarse()
        distances.append(np.concatenate([_KS(samples, weights).value for weights in blocks]))
    return np.stack(distances)
