"""Replicas of two samples, each drawn again from itself (bootstrap).

A replica is described by how often each unit (a shower, in large samples a random group of
showers: ``calobench.stats.units``) occurs in it. Units are drawn with replacement in strata with
fixed numbers of draws, so that every replica has the size of the sample that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.stats.units import deal, unit_size
from calobench.stats.weights import Draws, Weights, as_they_are

__all__ = ["Replicas", "as_they_are", "bootstrap"]

Array = NDArray[np.float64]
Counts = NDArray[np.unsignedinteger]
Indices = NDArray[np.intp]

# Units times replicas that are worked on at once: bounds the memory.
BLOCK = 2_000_000


@dataclass(frozen=True, eq=False)
class Replicas:
    """Number of times that each shower occurs in each of B replicas.

    Attributes:
        reference_draws: of the reference; for permutations these are showers of both samples, pooled.
        model_draws: of the model; for permutations likewise.
    """

    reference_draws: Draws
    model_draws: Draws

    def __len__(self) -> int:
        return len(self.reference_draws.counts)

    @property
    def reference(self) -> Counts:
        """Number of times that each shower of ``reference_draws`` occurs, (B, N); large where samples are."""
        return self.reference_draws.showers

    @property
    def model(self) -> Counts:
        """Number of times that each shower of ``model_draws`` occurs, (B, N); large where samples are."""
        return self.model_draws.showers

    def blocks(self) -> Iterator[Weights]:
        """The replicas in order, a few at a time; the same objects each time."""
        return iter(self._blocks)

    @cached_property
    def _blocks(self) -> tuple[Weights, ...]:
        units = self.reference_draws.counts.shape[1] + self.model_draws.counts.shape[1]
        step = max(1, BLOCK // units)
        parts = (slice(first, first + step) for first in range(0, len(self), step))
        return tuple(
            Weights(self.reference_draws.part(part), self.model_draws.part(part)) for part in parts
        )


def bootstrap(
    n_reference: int, n_model: int, *, paired: bool, replicas: int, rng: np.random.Generator
) -> Replicas:
    """Draw both samples again, each from itself.

    Paired samples are drawn by condition (cluster bootstrap: Davison and Hinkley, *Bootstrap
    Methods*, 1997, section 3.8): each time a reference shower is drawn, all model showers with
    its condition come with it. That keeps what the two samples share. Conditions with equally
    many model showers are drawn among themselves, so that the size of the model sample is kept
    too. In large samples both are kept to within some units.

    Args:
        n_reference: size of the reference.
        n_model: size of the model's sample.
        paired: model shower i has the condition of reference shower ``i mod n_reference``.
        replicas: how many.
        rng: source of randomness.
    """
    if not paired:
        samples = ([np.arange(n)] for n in (n_reference, n_model))
        return Replicas(*(_Strata.of(sample, rng).draw_again(replicas, rng) for sample in samples))
    split = n_model % n_reference
    clusters = [c for c in np.split(np.arange(n_reference), [split]) if len(c)]
    drawn = _Strata.of(clusters, rng).draw_again(replicas, rng)
    return Replicas(drawn, Draws(drawn.counts, drawn.units[np.arange(n_model) % n_reference]))


class _Strata(NamedTuple):
    """Showers dealt to units, and units put into strata.

    Attributes:
        units: unit of each shower, (N,).
        members: units of each stratum.
    """

    units: Indices
    members: Sequence[Indices]

    @classmethod
    def of(cls, strata: Sequence[Indices], rng: np.random.Generator) -> _Strata:
        """Deal the showers of each stratum to units."""
        showers = np.array([len(stratum) for stratum in strata])
        units = np.arange(showers.sum())
        if unit_size(int(showers.max())) == 1:
            return cls(units, strata)
        members: list[Indices] = []
        first = 0
        for stratum in strata:
            n = len(stratum)
            dealt = deal(n, unit_size(n), rng)
            units[stratum] = first + dealt
            members.append(np.arange(first, first + dealt.max() + 1))
            first += len(members[-1])
        return cls(units, members)

    def draw_again(self, replicas: int, rng: np.random.Generator) -> Draws:
        """Draw with replacement as many units from each stratum as it has, for each replica."""
        units = np.array([len(members) for members in self.members])
        # Units in rows: their counts are worked on in blocks of replicas.
        counts = np.zeros((units.sum(), replicas), np.min_scalar_type(int(units.max())))
        for members in self.members:
            even = np.full(len(members), 1 / len(members))
            counts[members] = rng.multinomial(len(members), even, size=replicas).T
        return Draws(counts.T, self.units)
