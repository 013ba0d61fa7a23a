"""One observable in both samples, reduced for any weighting of the showers.

Resampling changes how often a shower counts and nothing else. Whatever does not depend on these
weights (bins, the order of values) is computed once; histograms and means of hundreds of replicas
are then one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.observables.base import Axis
from calobench.scores.binning import bin_index, reference_edges

__all__ = ["Distributions", "MeanProfiles", "Profiles", "Samples", "Weights"]

Array = NDArray[np.float64]


class Weights(NamedTuple):
    """How often each shower counts, in B replicas of both samples.

    Attributes:
        reference: whole numbers, (B, N_ref).
        model: whole numbers, (B, N_model).
    """

    reference: Array
    model: Array


class MeanProfiles(NamedTuple):
    """Means over showers of a vector, and the squares of their errors, each (B, K)."""

    reference: Array
    reference_variance: Array
    model: Array
    model_variance: Array


@dataclass(frozen=True)
class Distributions:
    """A number of every shower.

    Attributes:
        reference: values, NaN where undefined, (N_ref,).
        model: values, (N_model,).
        edges: (K+1,) bins made from the reference.
    """

    reference: Array
    model: Array
    edges: Array

    @classmethod
    def of(cls, reference: Array, model: Array) -> Distributions:
        """Bin two samples."""
        return cls(reference, model, reference_edges(reference))

    def null(self) -> Distributions:
        """The reference in both places, in the same bins."""
        return replace(self, model=self.reference)

    def pooled(self) -> PooledDistributions:
        """Both samples in both places, reference first."""
        pool = np.concatenate([self.reference, self.model])
        return PooledDistributions(pool, pool, self.edges)

    @cached_property
    def _indicators(self) -> tuple[Array, Array]:
        bins = np.arange(len(self.edges) + 1)
        reference = bin_index(self.reference, self.edges)[:, None] == bins
        model = bin_index(self.model, self.edges)[:, None] == bins
        return reference.astype(np.float64), model.astype(np.float64)

    def histograms(self, weights: Weights) -> tuple[Array, Array]:
        """Counts of reference and model with underflow first and overflow last, each (B, K+2)."""
        reference, model = self._indicators
        return weights.reference @ reference, weights.model @ model


@dataclass(frozen=True)
class PooledDistributions(Distributions):
    """A number of every shower of either sample, in both places: weights of 0 and 1 tell them apart.

    Bins made from one reference suit that reference: it has one shower in two hundred beyond either
    end, always. Each replica is therefore binned by its own reference, as the samples were. (In
    bins that stay, p <= 0.05 happens by chance in up to 11 % for chi-square with 200 against 1000
    showers.) The price: a few far outliers of the model widen the bins of many replicas, in which
    chi-square then finds little significant; W1 and separation find those outliers.
    """

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return np.argsort(self.reference, kind="stable")

    def histograms(self, weights: Weights) -> tuple[Array, Array]:
        """Counts of reference and model in the bins of each replica, each (B, K+2).

        Args:
            weights: 1 where a shower is the sample's and 0 elsewhere; references of equal size.
        """
        values = self.reference[self._order]
        chosen = weights.reference[:, self._order] > 0
        edges = reference_edges(values[np.nonzero(chosen)[1]].reshape(len(chosen), -1))
        # How many of all, and how many of the reference, lie below each edge and altogether.
        pool = np.pad([np.searchsorted(values, row) for row in edges], ((0, 0), (0, 1)))
        pool[:, -1] = len(values)
        counted = np.pad(np.cumsum(chosen, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
        reference = np.take_along_axis(counted, pool, axis=1)
        return np.diff(reference, prepend=0), np.diff(pool - reference, prepend=0)


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

    @classmethod
    def of(cls, reference: Array, model: Array, axis: Axis) -> Profiles:
        """Put two samples on an axis, undefined entries as zero."""
        return cls(_zero_for_undefined(reference), _zero_for_undefined(model), axis)

    def null(self) -> Profiles:
        """The reference in both places."""
        return replace(self, model=self.reference)

    def pooled(self) -> Profiles:
        """Both samples in both places, reference first."""
        pool = np.concatenate([self.reference, self.model])
        return replace(self, reference=pool, model=pool)

    @cached_property
    def _squares(self) -> tuple[Array, Array]:
        return self.reference**2, self.model**2

    def means(self, weights: Weights) -> MeanProfiles:
        """Mean vectors with the variance of the mean, an entry a bin."""
        reference_squares, model_squares = self._squares
        return MeanProfiles(
            *_mean_and_variance(self.reference, reference_squares, weights.reference),
            *_mean_and_variance(self.model, model_squares, weights.model),
        )

    @cached_property
    def coordinates(self) -> Array:
        """Where each entry lies on the axis (its decimal logarithm on a logarithmic one), (K,).

        That is the centre of its bin; under- and overflow lie half a bin outside the axis.
        """
        edges = np.log10(self.axis.edges) if self.axis.log else self.axis.edges
        centres = (edges[1:] + edges[:-1]) / 2
        if not self.axis.flow:
            return centres
        widths = np.diff(edges)
        return np.concatenate([[centres[0] - widths[0]], centres, [centres[-1] + widths[-1]]])


Samples = Distributions | Profiles


def _zero_for_undefined(vectors: Array) -> Array:
    return np.where(np.isnan(vectors), 0.0, vectors)


def _mean_and_variance(vectors: Array, squares: Array, weights: Array) -> tuple[Array, Array]:
    n = weights.sum(axis=1, keepdims=True)
    mean = weights @ vectors / n
    mean_square = weights @ squares / n
    variance = mean_square - mean**2
    # Entries that are the same in every shower: what is left is rounding.
    variance[variance < 1e-12 * mean_square] = 0
    return mean, variance / np.maximum(n - 1, 1)
