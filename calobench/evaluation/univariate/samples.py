"""One observable in both samples, reduced for any weighting of the showers.

Resampling changes how often a shower counts and nothing else. Whatever does not depend on these
weights (bins, the order of values) is computed once; what several scores are made of (histograms,
numbers of showers along the line of values) is computed once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import cuts
from calobench.evaluation.univariate.binning import edges_of_replicas, reference_edges
from calobench.evaluation.univariate.profiles import MeanProfiles, Profiles
from calobench.stats.counts import Counts, PooledCounts
from calobench.stats.line import Line
from calobench.stats.weights import Memo, Weights

__all__ = ["Distributions", "MeanProfiles", "Profiles", "Samples", "Weights"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Distributions:
    """A number of every shower.

    Attributes:
        reference: values, NaN where undefined, (N_ref,).
        model: values, (N_model,).
        edges: (K+1,) bins made from the reference.
        sorted_line: both samples on one line, if that is known already.
    """

    reference: Array
    model: Array
    edges: Array
    sorted_line: Line | None = field(default=None, repr=False)
    _counts: Memo[Weights, Counts] = field(default_factory=Memo, init=False, repr=False)
    _histograms: Memo[Weights, tuple[Array, Array]] = field(
        default_factory=Memo, init=False, repr=False
    )

    @classmethod
    def of(cls, reference: Array, model: Array) -> Distributions:
        """Bin two samples."""
        return cls(reference, model, reference_edges(reference))

    @cached_property
    def line(self) -> Line:
        """Both samples on one line."""
        if self.sorted_line is None:
            return Line.of(self.reference, self.model)
        return self.sorted_line

    def coarse(self) -> Distributions:
        """The same, with neighbouring values of large samples taken together: for replicas."""
        return self._coarse

    @cached_property
    def _coarse(self) -> Distributions:
        line = self.line.coarse(self.edges)
        return self if line is self.line else replace(self, sorted_line=line)

    def pooled(self) -> PooledDistributions:
        """Both samples in both places, reference first."""
        pool = np.concatenate([self.reference, self.model])
        return PooledDistributions(pool, pool, self.edges, self.line.pooled())

    def counts(self, weights: Weights) -> Counts:
        """Counts of showers of reference and model along the line, for any score along it."""
        return self._counts.get(weights, self._count)

    def histograms(self, weights: Weights) -> tuple[Array, Array]:
        """Counts of reference and model with underflow first and overflow last, each (B, K+2).

        A bin owns its lower edge. Overflow holds the undefined, which must not vanish.
        """
        return self._histograms.get(weights, self._fill)

    def _count(self, weights: Weights) -> Counts:
        line = self.line
        return Counts(
            line.points,
            line.reference.counts(weights.reference_draws).T,
            line.model.counts(weights.model_draws).T,
        )

    def _edges_of(self, weights: Weights) -> Array:  # noqa: ARG002
        """Edges of the bins of all replicas, or of each, (K+1, 1 or B)."""
        return cuts(self.edges)[:, None]

    def _fill(self, weights: Weights) -> tuple[Array, Array]:
        counts, edges = self.counts(weights), self._edges_of(weights)
        below = np.searchsorted(counts.points, edges.ravel()).reshape(edges.shape)
        return (
            _between(counts.reference_up_to, below, weights.reference_draws.total),
            _between(counts.model_up_to, below, weights.model_draws.total),
        )


def _between(up_to: Array, below: NDArray[np.intp], total: Array) -> Array:
    """Showers between edges, (B, K+2); ``below`` counts the points under each edge."""
    filled = np.zeros((len(below) + 2, len(total)))
    # Nothing lies below an edge that is the lowest point.
    some = np.maximum(below - 1, 0)
    filled[1:-1] = np.where(below > 0, np.take_along_axis(up_to.T, some, axis=0), 0)
    filled[-1] = total
    return np.diff(filled, axis=0).T


@dataclass(frozen=True)
class PooledDistributions(Distributions):
    """A number of every shower of either sample, in both places: weights of 0 and 1 tell them apart.

    Bins made from one reference suit that reference: it has one shower in two hundred beyond either
    end, always. Each replica is therefore binned by its own reference, as the samples were. (In
    bins that stay, p <= 0.05 happens by chance in up to 11 % for chi-square with 200 against 1000
    showers.) The price: a few far outliers of the model widen the bins of many replicas, in which
    chi-square then finds little significant; W1 and separation find those outliers.
    """

    def _count(self, weights: Weights) -> Counts:
        reference = self.line.reference.counts(weights.reference_draws).T
        every = np.diff(self.line.reference.starts).astype(np.float64)
        return PooledCounts(self.line.points, reference, every - reference)

    def _edges_of(self, weights: Weights) -> Array:
        counts = self.counts(weights)
        edges = edges_of_replicas(
            counts.points, counts.reference_up_to, int(weights.reference_draws.total[0])
        )
        return cuts(edges).T


Samples = Distributions | Profiles
