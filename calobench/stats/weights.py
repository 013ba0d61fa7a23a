"""Weights of showers in many replicas of two samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Draws", "Memo", "Weights", "as_they_are"]

Array = NDArray[np.float64]
Counts = NDArray[np.unsignedinteger]
Indices = NDArray[np.intp]

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, eq=False)
class Draws:
    """Number of times that the showers of one sample occur in each of B replicas.

    The showers of a unit occur together. In samples of up to 5,000 showers each is a unit of its own.

    Attributes:
        counts: how often each of U units occurs, (B, U).
        units: the unit of each shower, (N,).
    """

    counts: Counts
    units: Indices

    @property
    def showers(self) -> Counts:
        """Number of times that each shower occurs, (B, N); large where samples are."""
        return np.take(self.counts, self.units, axis=1)

    @cached_property
    def total(self) -> Array:
        """Number of showers in each replica, (B,)."""
        sizes = np.bincount(self.units, minlength=self.counts.shape[1]).astype(np.float64)
        total: Array = self.counts.astype(np.float64) @ sizes
        return total

    def part(self, replicas: slice) -> Draws:
        """Some of the replicas."""
        return replace(self, counts=self.counts[replicas])


@dataclass(frozen=True, eq=False)
class Weights:
    """Weight of each shower in B replicas of both samples.

    Attributes:
        reference_draws: of the reference's showers.
        model_draws: of the model's showers.
    """

    reference_draws: Draws
    model_draws: Draws

    @cached_property
    def reference(self) -> Array:
        """Whole numbers, one per shower of the reference, (B, N_ref); large where samples are."""
        return self.reference_draws.showers.astype(np.float64)

    @cached_property
    def model(self) -> Array:
        """Whole numbers, one per shower of the model, (B, N_model); large where samples are."""
        return self.model_draws.showers.astype(np.float64)


def as_they_are(n_reference: int, n_model: int) -> Weights:
    """The samples themselves: every shower once, all of them one unit."""
    once = np.ones((1, 1), np.uint8)
    samples = (np.zeros(n, np.intp) for n in (n_reference, n_model))
    return Weights(*(Draws(once, units) for units in samples))


class Memo(Generic[K, V]):
    """Remembers the value of the last key, so that several scores share what they are made of.

    Keys are told apart by identity. Not for use by several threads at once.
    """

    def __init__(self) -> None:
        self._last: tuple[K, V] | None = None

    def get(self, key: K, compute: Callable[[K], V]) -> V:
        """``compute(key)``, done once as long as the key stays the same."""
        if self._last is None or self._last[0] is not key:
            self._last = key, compute(key)
        return self._last[1]
