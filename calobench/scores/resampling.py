"""Replicas of two samples: drawn from both (bootstrap) or from the reference alone (null).

A replica is described by how often each shower occurs in it, and showers are drawn with
replacement in strata with fixed numbers of draws, so that every replica has the size of the
sample that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.scores.samples import Weights

__all__ = ["Replicas", "as_they_are", "bootstrap", "null"]

Array = NDArray[np.float64]
Counts = NDArray[np.unsignedinteger]
Indices = NDArray[np.intp]

SHOWERS_A_STRATUM = 10

# Showers times replicas that are worked on at once: bounds the memory of large samples.
BLOCK = 2_000_000


@dataclass(frozen=True)
class Replicas:
    """How often each shower occurs in each of B replicas.

    Attributes:
        reference: (B, N_ref); for permutations these are showers of both samples, pooled.
        model: (B, N_model); for the null these are showers of the reference as well, for
            permutations those of both samples.
    """

    reference: Counts
    model: Counts

    def blocks(self) -> Iterator[Weights]:
        """The replicas in order, a few at a time."""
        showers = self.reference.shape[1] + self.model.shape[1]
        step = max(1, BLOCK // showers)
        for first in range(0, len(self.reference), step):
            part = slice(first, first + step)
            yield Weights(
                self.reference[part].astype(np.float64), self.model[part].astype(np.float64)
            )


def as_they_are(n_reference: int, n_model: int) -> Weights:
    """The samples themselves: every shower once."""
    return Weights(np.ones((1, n_reference)), np.ones((1, n_model)))


def bootstrap(
    n_reference: int, n_model: int, *, paired: bool, replicas: int, rng: np.random.Generator
) -> Replicas:
    """Draw both samples again, each from itself.

    Paired samples are drawn by condition (cluster bootstrap: Davison and Hinkley, *Bootstrap
    Methods*, 1997, section 3.8): each time a reference shower is drawn, all model showers with
    its condition come with it. That keeps what the two samples share. Conditions with equally
    many model showers are drawn among themselves, so that the size of the model sample is kept
    too.

    Args:
        n_reference: size of the reference.
        n_model: size of the model's sample.
        paired: model shower i has the condition of reference shower ``i mod n_reference``.
        replicas: how many.
        rng: source of randomness.
    """
    if not paired:
        return Replicas(
            _draw([np.arange(n_reference)], [n_reference], n_reference, replicas, rng),
            _draw([np.arange(n_model)], [n_model], n_model, replicas, rng),
        )
    split = n_model % n_reference
    clusters = [c for c in np.split(np.arange(n_reference), [split]) if len(c)]
    reference = _draw(clusters, [len(c) for c in clusters], n_reference, replicas, rng)
    return Replicas(reference, reference[:, np.arange(n_model) % n_reference])


def null(
    reference_energy: Array,
    n_model: int,
    *,
    paired: bool,
    replicas: int,
    rng: np.random.Generator,
) -> Replicas:
    """Draw two samples of the real sizes from the reference alone.

    This is the floor: what Geant4 against Geant4 gives at these sizes, as far as the reference can
    tell. Paired samples share their incident energies, so that the spectrum does not fluctuate between
    them; the draws are then stratified: the reference is sorted by energy into strata of about
    ten showers, and each stratum gives both draws the numbers of showers that it has in the real
    samples. Samples that are not paired are drawn without strata.

    It is a scale to read a score by and not a test, for it is no second, independent Geant4 sample:
    it knows no shower that the reference lacks, so that the sparse tails of a histogram agree too
    well, and a stratum has a tenth less variance than its ten showers' parent, and more where an
    observable follows the energy within it. By simulation with 200 reference showers, a perfect
    model exceeds the 95 % quantile in 3 to 9 % (not paired) and 5 to 19 % (paired) of all runs, but
    never for the visible energy, paired. The test is ``calobench.scores.permutation``.

    Args:
        reference_energy: incident energies, MeV, (N_ref,).
        n_model: size of the model's sample.
        paired: model shower i has the condition of reference shower ``i mod N_ref``.
        replicas: how many.
        rng: source of randomness.

    Returns:
        Both parts refer to the showers of the reference, (B, N_ref).
    """
    n = len(reference_energy)
    strata, sizes = [np.arange(n)], [n_model]
    if paired:
        by_energy = np.argsort(reference_energy, kind="stable")
        strata = np.array_split(by_energy, max(1, n // SHOWERS_A_STRATUM))
        model_showers = np.bincount(np.arange(n_model) % n, minlength=n)
        sizes = [int(model_showers[stratum].sum()) for stratum in strata]
    return Replicas(
        _draw(strata, [len(stratum) for stratum in strata], n, replicas, rng),
        _draw(strata, sizes, n, replicas, rng),
    )


def _draw(
    strata: list[Indices], sizes: list[int], n: int, replicas: int, rng: np.random.Generator
) -> Counts:
    """Draw ``sizes[k]`` showers with replacement from ``strata[k]``, for each replica."""
    counts = np.zeros((replicas, n), dtype=np.uint32)
    for members, size in zip(strata, sizes, strict=True):
        even = np.full(len(members), 1 / len(members))
        counts[:, members] = rng.multinomial(size, even, size=replicas)
    return counts
