"""A vector of every shower of two samples, and its mean in many replicas."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.observables.base import Axis
from calobench.stats.weights import Draws, Memo, Weights

__all__ = ["MeanProfiles", "Profiles"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Showers that are squared and summed at once: bounds the memory.
ROWS = 20_000


class MeanProfiles(NamedTuple):
    """Means over showers of a vector, and the squares of their errors, each (B, K)."""

    reference: Array
    reference_variance: Array
    model: Array
    model_variance: Array


@dataclass(frozen=True)
class Profiles:
    """A vector of every shower.

    A shower for which the vector is undefined (a fraction of no energy) counts as zero in every
    entry: it lowers the mean instead of vanishing.

    Attributes:
        reference: vectors without NaN, (N_ref, K).
        model: vectors, (N_model, K).
        axis: the axis they are on.
    """

    reference: Array
    model: Array
    axis: Axis
    _means: Memo[Weights, MeanProfiles] = field(default_factory=Memo, init=False, repr=False)
    _sums: tuple[Memo[Indices, Array], Memo[Indices, Array]] = field(
        default_factory=lambda: (Memo(), Memo()), init=False, repr=False
    )

    @classmethod
    def of(cls, reference: Array, model: Array, axis: Axis) -> Profiles:
        """Put two samples on an axis, undefined entries as zero."""
        return cls(_zero_for_undefined(reference), _zero_for_undefined(model), axis)

    def coarse(self) -> Profiles:
        """The same: sums over units of showers say all that a mean profile needs."""
        return self

    def pooled(self) -> PooledProfiles:
        """Both samples in both places, reference first."""
        return PooledProfiles(self.reference, self.model, self.axis)

    def means(self, weights: Weights) -> MeanProfiles:
        """Mean vectors with the variance of the mean, an entry a bin."""
        return self._means.get(weights, self._compute_means)

    def _compute_means(self, weights: Weights) -> MeanProfiles:
        reference, model = weights.reference_draws, weights.model_draws
        # The units are the same in all blocks of replicas.
        of_reference = self._sums[0].get(
            reference.units, lambda _: _sums(self.reference, reference)
        )
        of_model = self._sums[1].get(model.units, lambda _: _sums(self.model, model))
        return MeanProfiles(
            *_mean_and_variance(of_reference, reference), *_mean_and_variance(of_model, model)
        )

    @cached_property
    def coordinates(self) -> Array:
        """Position of each entry on the axis (its decimal logarithm on a logarithmic one), (K,).

        That is the centre of its bin; under- and overflow lie half a bin outside the axis.
        """
        edges = np.log10(self.axis.edges) if self.axis.log else self.axis.edges
        centres = (edges[1:] + edges[:-1]) / 2
        if not self.axis.flow:
            return centres
        widths = np.diff(edges)
        return np.concatenate([[centres[0] - widths[0]], centres, [centres[-1] + widths[-1]]])


@dataclass(frozen=True)
class PooledProfiles(Profiles):
    """A vector of every shower of either sample; weights tell the samples apart.

    The vectors are not put together in memory: only their sums over units are.
    """

    def _compute_means(self, weights: Weights) -> MeanProfiles:
        reference, model = weights.reference_draws, weights.model_draws
        sums = self._sums[0].get(reference.units, lambda _: self._sums_of_both(reference))
        return MeanProfiles(*_mean_and_variance(sums, reference), *_mean_and_variance(sums, model))

    def _sums_of_both(self, draws: Draws) -> Array:
        of_reference, of_model = np.split(draws.units, [len(self.reference)])
        return _sums(self.reference, replace(draws, units=of_reference)) + _sums(
            self.model, replace(draws, units=of_model)
        )


def _zero_for_undefined(vectors: Array) -> Array:
    undefined = np.isnan(vectors)
    return np.where(undefined, 0.0, vectors) if undefined.any() else vectors


def _mean_and_variance(sums: Array, draws: Draws) -> tuple[Array, Array]:
    mean, mean_square = np.split(draws.counts.astype(np.float64) @ sums, 2, axis=1)
    n = draws.total[:, None]
    mean /= n
    mean_square /= n
    variance = mean_square - mean**2
    # Entries that are the same in every shower: what is left is rounding.
    variance[variance < 1e-12 * mean_square] = 0
    return mean, variance / np.maximum(n - 1, 1)


def _sums(vectors: Array, draws: Draws) -> Array:
    """Sums over the showers of each unit, of the vectors and then of their squares, (U, 2 K)."""
    from scipy.sparse import csr_array

    n_units, entries = draws.counts.shape[1], vectors.shape[1]
    sums = np.zeros((n_units, 2 * entries))
    for first in range(0, len(vectors), ROWS):
        part = vectors[first : first + ROWS]
        n = len(part)
        where = draws.units[first : first + ROWS], np.arange(n)
        members = csr_array((np.ones(n), where), shape=(n_units, n))
        sums[:, :entries] += members @ part
        sums[:, entries:] += members @ part**2
    return sums
