"""Number of correlations that differ by chance: neighbours go together, and so do their differences.

A Gaussian is beyond 3 errors in 0.27 % of cases. Pairs of correlations share their numbers (those of layers
with their neighbours too), and errors from 20 groups have Student's tails: the count is larger, and far
more uneven from run to run. It is measured by exchanging showers of model and Geant4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.results.sample import CorrelationChance
from calobench.stats.comoments import CoMoments
from calobench.stats.permutation import permutations

__all__ = ["LARGE_PULL", "Relabelled", "chance_of_large"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

LARGE_PULL = 3.0
"""Errors beyond which a difference is counted."""

PERMUTATIONS = 99

# Showers of both samples together; what is counted does not depend on their number.
MAX_SHOWERS = 5000


class Relabelled(NamedTuple):
    """Showers of both samples, and which of them may as well have been the reference's.

    Attributes:
        reference: rows that are used, (n,).
        model: likewise, (m,).
        is_reference: relabellings of these, (B, n + m).
    """

    reference: Indices
    model: Indices
    is_reference: NDArray[np.bool_]

    @classmethod
    def draw(
        cls, n_reference: int, n_model: int, *, paired: bool, rng: np.random.Generator
    ) -> Relabelled:
        """Draw relabellings; of large samples a part, conditions whole.

        Args:
            n_reference: showers of the reference.
            n_model: of the model.
            paired: model shower i has the condition of reference shower ``i mod n_reference``.
            rng: source of randomness.
        """
        fraction = min(1.0, MAX_SHOWERS / (n_reference + n_model))
        reference = _part(n_reference, fraction, rng)
        if paired:
            model = np.flatnonzero(np.isin(np.arange(n_model) % n_reference, reference))
        else:
            model = _part(n_model, fraction, rng)
        drawn = permutations(
            len(reference), len(model), paired=paired, replicas=PERMUTATIONS, rng=rng
        )
        return cls(reference, model, drawn.reference[1:] > 0)


def _part(n: int, fraction: float, rng: np.random.Generator) -> Indices:
    if fraction == 1:
        return np.arange(n)
    return np.sort(rng.choice(n, max(1, round(fraction * n)), replace=False))


def chance_of_large(
    reference: Array, model: Array, observed: int, relabelled: Relabelled
) -> CorrelationChance:
    """Count differences of correlations beyond 3 errors in every relabelling.

    Args:
        reference: numbers of each shower, all varying, (N_ref, K).
        model: (N_model, K).
        observed: how many differ beyond 3 errors as the samples are.
        relabelled: permutations of the two samples.
    """
    pool = np.concatenate([reference[relabelled.reference], model[relabelled.model]])
    counts = []
    pairs = np.triu_indices(pool.shape[1], 1)
    for row in relabelled.is_reference:
        of_reference, of_model = (
            CoMoments.empty(pool.shape[1]).with_showers(pool[side]).correlations()
            for side in (row, ~row)
        )
        difference = (of_model.z - of_reference.z)[pairs]
        error = np.hypot(of_model.error, of_reference.error)[pairs]
        counts.append(np.count_nonzero(np.abs(difference) > LARGE_PULL * error))
    return CorrelationChance(
        permutations=len(counts),
        expected=float(np.mean(counts)),
        upper=float(np.quantile(counts, 0.95)),
        p_value=(1 + sum(count >= observed for count in counts)) / (len(counts) + 1),
    )
