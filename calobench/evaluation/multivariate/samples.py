"""Both samples in one pool, and which of its showers may stand for which."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Comparison", "Pool", "jackknife_groups", "permuted_labels"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pool:
    """Showers of both samples, reference first.

    Attributes:
        features: standardised, (N, d).
        is_model: (N,).
        condition: number of the condition of each shower, (N,). Showers of one condition are
            exchangeable if model and Geant4 agree; without pairing all have the condition 0.
        paired: whether conditions tell showers apart.
    """

    features: Array
    is_model: Mask
    condition: Indices
    paired: bool

    @classmethod
    def of(cls, reference: Array, model: Array, *, paired: bool) -> Pool:
        """Put two samples together.

        Args:
            reference: (N_ref, d).
            model: (N_model, d).
            paired: model shower i has the condition of reference shower ``i mod N_ref``.
        """
        n, m = len(reference), len(model)
        condition = np.concatenate([np.arange(n), np.arange(m) % n])
        return cls(
            np.concatenate([reference, model]),
            np.arange(n + m) >= n,
            condition if paired else np.zeros_like(condition),
            paired,
        )

    def __len__(self) -> int:
        return len(self.is_model)

    @property
    def n_model(self) -> int:
        """Showers of the model."""
        return int(self.is_model.sum())

    @property
    def n_reference(self) -> int:
        """Showers of the reference."""
        return len(self) - self.n_model

    def __getitem__(self, rows: Indices | Mask) -> Pool:
        return replace(
            self,
            features=self.features[rows],
            is_model=self.is_model[rows],
            condition=self.condition[rows],
        )

    def reduced(self, largest: int, rng: np.random.Generator) -> Indices:
        """Rows of at most about ``largest`` showers, conditions drawn whole.

        Without pairing each sample gives in proportion to its size.
        """
        if len(self) <= largest:
            return np.arange(len(self))
        fraction = largest / len(self)
        if self.paired:
            conditions = np.unique(self.condition)
            kept = rng.choice(conditions, round(fraction * len(conditions)), replace=False)
            return np.flatnonzero(np.isin(self.condition, kept))
        rows = [
            rng.choice(np.flatnonzero(side), max(1, round(fraction * side.sum())), replace=False)
            for side in (~self.is_model, self.is_model)
        ]
        return np.sort(np.concatenate(rows))


@dataclass(frozen=True)
class Comparison:
    """Two samples, their permutations, and what is left out of them together.

    Attributes:
        pool: features in widths of the reference, for values: the same for every model.
        symmetric: the same showers, features in widths of both samples together, for tests: no
    permutation changes them.
    labels: of the permutations, true for the model, (B, N).
        groups: for the jackknife, (N,).
    """

    pool: Pool
    symmetric: Pool
    labels: Mask
    groups: Indices

    @classmethod
    def of(
        cls, pool: Pool, symmetric: Pool, replicas: int, groups: int, rng: np.random.Generator
    ) -> Comparison:
        """Draw permutations and groups.

        Args:
            pool: for values.
            symmetric: for tests.
            replicas: number of permutations.
            groups: how many groups.
            rng: source of randomness.
        """
        return cls(
            pool,
            symmetric,
            permuted_labels(pool, replicas, rng),
            jackknife_groups(pool, groups, rng),
        )

    @property
    def observed_first(self) -> Mask:
        """The labels as they are, then the permuted ones, (B+1, N)."""
        return np.concatenate([self.pool.is_model[None], self.labels])

    def on(self, pool: Pool) -> Comparison:
        """The same showers and permutations with other features, whose unit does not matter."""
        return replace(self, pool=pool, symmetric=pool)


def permuted_labels(pool: Pool, replicas: int, rng: np.random.Generator) -> Mask:
    """Label the showers anew, within each condition, each keeping its numbers of both samples.

    If the model is as good as Geant4 each labelling is as likely as the one observed, so that
    the fraction of them with a score at least as bad is an exact p-value (as in
    :mod:`calobench.stats.permutation`).

    Args:
        pool: both samples.
        replicas: how many, B.
        rng: source of randomness.

    Returns:
        Whether each shower is called the model's, (B, N).
    """
    by_condition = np.argsort(pool.condition, kind="stable")
    sorted_labels = pool.is_model[by_condition]
    labels = np.empty((replicas, len(pool)), dtype=bool)
    for row in labels:
        # Random order within each condition: the labels stay where they are, the showers move.
        shuffled = np.lexsort((rng.random(len(pool)), pool.condition))
        row[shuffled] = sorted_labels
    return labels


def jackknife_groups(pool: Pool, groups: int, rng: np.random.Generator) -> Indices:
    """Divide the pool at random into groups that are alike, (N,) from 0 to ``groups`` - 1.

    Showers of one condition stay together; without pairing each sample is divided evenly.
    """
    if pool.paired:
        conditions, index = np.unique(pool.condition, return_inverse=True)
        return _even(len(conditions), groups, rng)[index]
    chosen = np.empty(len(pool), dtype=np.intp)
    for side in (~pool.is_model, pool.is_model):
        chosen[side] = _even(int(side.sum()), groups, rng)
    return chosen


def _even(n: int, groups: int, rng: np.random.Generator) -> Indices:
    return rng.permutation(np.arange(n) % groups)
