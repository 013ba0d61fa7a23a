"""Correlations in one pass over the showers, with errors that assume no distribution.

Showers are dealt out to groups in turn. Sums of a group are kept about its own mean and joined
without loss of digits (Chan, Golub and LeVeque, *American Statistician* 37 (1983) 242), so that
chunks can be added in any number and order of merging. Leaving out each group once gives the errors
(delete-a-group jackknife: Shao and Tu, *The Jackknife and Bootstrap*, 1995, chapter 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["GROUPS", "CoMoments", "Correlations"]

Array = NDArray[np.float64]

GROUPS = 20

# Two numbers that always go together have an infinite arctanh.
MAX_CORRELATION = 1 - 1e-6


class Correlations(NamedTuple):
    """Pearson's r of K numbers, Fisher's z = arctanh r, and the error of z; (K, K) each.

    For N Gaussian pairs the error of z is 1 / sqrt(N - 3) (Fisher, *Metron* 1 (1921) 3).
    """

    r: Array
    z: Array
    error: Array


@dataclass(frozen=True)
class CoMoments:
    """Sums of K numbers of every shower, by group.

    Attributes:
        count: showers, (G,).
        mean: (G, K).
        scatter: sums of products of deviations from the mean, (G, K, K).
    """

    count: Array
    mean: Array
    scatter: Array

    @classmethod
    def empty(cls, numbers: int, groups: int = GROUPS) -> Self:
        """No shower yet."""
        zeros = np.zeros((groups, numbers))
        return cls(np.zeros(groups), zeros, np.zeros((groups, numbers, numbers)))

    def with_showers(self, rows: Array, first: int = 0) -> CoMoments:
        """These sums and those of a chunk.

        Args:
            rows: (N, K); a row with a NaN is left out.
            first: number of the chunk's first shower in the sample: the same sample gives the same
                groups however it is cut into chunks.
        """
        groups = len(self.count)
        added = CoMoments.empty(rows.shape[1], groups)
        complete = ~np.isnan(rows).any(axis=1)
        group = (first + np.arange(len(rows))) % groups
        for g in range(groups):
            chosen = rows[complete & (group == g)]
            if len(chosen):
                added.count[g] = len(chosen)
                added.mean[g] = chosen.mean(axis=0)
                centred = chosen - added.mean[g]
                added.scatter[g] = centred.T @ centred
        return self.merged(added)

    def merged(self, other: CoMoments) -> CoMoments:
        """The sums of two parts of one sample."""
        count = self.count + other.count
        fraction = np.divide(other.count, count, out=np.zeros_like(count), where=count > 0)
        shift = other.mean - self.mean
        mean = self.mean + fraction[:, None] * shift
        between = np.einsum("g,gi,gj->gij", self.count * fraction, shift, shift)
        return CoMoments(count, mean, self.scatter + other.scatter + between)

    @property
    def total(self) -> float:
        """Number of showers."""
        return float(self.count.sum())

    def correlations(self) -> Correlations:
        """Correlations of all showers; 0 with an error of 0 for a number that does not vary."""
        whole_mean, whole = self._joined()
        r = _correlation(whole)
        z = np.arctanh(np.clip(r, -MAX_CORRELATION, MAX_CORRELATION))
        without = np.stack([_fisher(part) for part in self._without_each(whole_mean, whole)])
        deviations = without - without.mean(axis=0)
        factor = (len(without) - 1) / len(without)
        return Correlations(r, z, np.sqrt(factor * (deviations**2).sum(axis=0)))

    def _joined(self) -> tuple[Array, Array]:
        """Mean (K,) and scatter (K, K) of all groups."""
        mean: Array = self.count @ self.mean / max(self.total, 1)
        shift = self.mean - mean
        between = np.einsum("g,gi,gj->ij", self.count, shift, shift)
        return mean, self.scatter.sum(axis=0) + between

    def _without_each(self, mean: Array, scatter: Array) -> list[Array]:
        """Scatter of all showers but those of one group, for each group that has any."""
        parts = []
        for count, own_mean, own in zip(self.count, self.mean, self.scatter, strict=True):
            if 0 < count < self.total:
                shift = own_mean - mean
                # Taking a group away shifts the mean of the others: both terms in one.
                lost = count * self.total / (self.total - count)
                parts.append(scatter - own - lost * np.outer(shift, shift))
        return parts or [scatter]


def _correlation(scatter: Array) -> Array:
    width = np.sqrt(np.maximum(np.diag(scatter), 0))
    product = np.outer(width, width)
    r: Array = np.divide(scatter, product, out=np.zeros_like(scatter), where=product > 0)
    return np.clip(r, -1, 1)


def _fisher(scatter: Array) -> Array:
    r = np.clip(_correlation(scatter), -MAX_CORRELATION, MAX_CORRELATION)
    z: Array = np.arctanh(r)
    return z
