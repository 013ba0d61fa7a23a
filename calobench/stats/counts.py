"""Counts of the showers of many replicas along a line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "PooledCounts"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Counts:
    """Whole numbers of showers of B replicas at F points; showers without a value are not among them.

    Attributes:
        points: increasing, (F,).
        reference: of the reference, (B, F).
        model: of the model, (B, F).
    """

    points: Array
    reference: Array
    model: Array

    @cached_property
    def reference_up_to(self) -> Array:
        """Showers of the reference at each point or below, (B, F)."""
        return _accumulated(self.reference)

    @cached_property
    def model_up_to(self) -> Array:
        """Showers of the model at each point or below, (B, F)."""
        return _accumulated(self.model)

    @cached_property
    def reference_total(self) -> Array:
        """Showers of the reference, (B,)."""
        total: Array = self.reference.sum(axis=1)
        return total

    @cached_property
    def model_total(self) -> Array:
        """Showers of the model, (B,)."""
        total: Array = self.model.sum(axis=1)
        return total

    @cached_property
    def difference(self) -> Array:
        """F_reference - F_model times both totals, at each point, (B, F).

        The cumulative distributions F rise from 0 to 1. Whole numbers, so that equal samples give
        exactly 0: divide by ``reference_total * model_total`` at the end.
        """
        # Replicas are contiguous: points in rows, here and above.
        difference = self.reference_up_to.T * self.model_total
        difference -= self.model_up_to.T * self.reference_total
        return difference.T


@dataclass(frozen=True, eq=False)
class PooledCounts(Counts):
    """Counts of permutations: what a replica's reference has not is its model's."""

    @cached_property
    def every_up_to(self) -> Array:
        """Showers of both samples at each point or below, the same in every replica, (F,)."""
        every: Array = np.cumsum(self.reference[0] + self.model[0])
        return every

    @cached_property
    def model_up_to(self) -> Array:
        """Showers of the model at each point or below, (B, F)."""
        model: Array = (self.every_up_to[:, None] - self.reference_up_to.T).T
        return model

    @cached_property
    def difference(self) -> Array:
        """As of any counts, without summing up the model's."""
        difference = self.reference_up_to.T * (self.reference_total + self.model_total)
        difference -= self.every_up_to[:, None] * self.reference_total
        return difference.T


def _accumulated(counts: Array) -> Array:
    accumulated: Array = np.cumsum(counts.T, axis=0).T
    return accumulated
