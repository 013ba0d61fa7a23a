"""Replicas that both models share, and permutations of one model's showers with the other's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction
from calobench.evaluation.univariate.samples import Samples
from calobench.stats.resampling import Replicas, bootstrap
from calobench.stats.units import deal, unit_size
from calobench.stats.weights import Draws, Weights

__all__ = ["SharedReplicas", "values"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SharedReplicas:
    """Draws that both models and all observables share.

    Attributes:
        drawn: bootstrap replicas of the reference and of a model; of either model.
        first: of permutations, which of the showers of both models (first model's first) are called
            the first's, the samples as they are at the beginning.
        second: the other showers.
    """

    drawn: Replicas
    first: Replicas
    second: Replicas

    @classmethod
    def of(
        cls,
        n_reference: int,
        n_model: int,
        *,
        paired_with_reference: bool,
        replicas: int,
        rng: np.random.Generator,
    ) -> SharedReplicas:
        """Draw them.

        Args:
            n_reference: size of the reference.
            n_model: size of each model's sample.
            paired_with_reference: the models have the reference's own conditions, repeated.
            replicas: how many of each.
            rng: source of randomness.
        """
        drawn = bootstrap(
            n_reference, n_model, paired=paired_with_reference, replicas=replicas, rng=rng
        )
        # Showers of large samples are exchanged in groups, as they are resampled.
        unit = deal(n_model, unit_size(n_model), rng)
        units = int(unit.max()) + 1
        swapped = rng.integers(2, size=(replicas + 1, units), dtype=np.uint8)
        swapped[0] = 0
        both = np.concatenate([unit, units + unit])
        reference = Draws(np.ones((replicas + 1, 1), np.uint8), np.zeros(n_reference, np.intp))
        mine = np.concatenate([1 - swapped, swapped], axis=1)
        return cls(
            drawn,
            Replicas(reference, Draws(mine, both)),
            Replicas(reference, Draws(1 - mine, both)),
        )


def values(function: ScoreFunction, samples: Samples, replicas: Replicas | Weights) -> Array:
    """A score in all replicas, (B,)."""
    blocks = [replicas] if isinstance(replicas, Weights) else replicas.blocks()
    return np.concatenate([function(samples, weights).value for weights in blocks])
