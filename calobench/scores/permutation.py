"""Permutations: which showers could as well have been the reference's.

If the model is as good as Geant4, it is chance which showers came from which, and exchanging them
changes the score by chance alone. The share of exchanges that give a score at least as large is
then an exact p-value, for any score and any size of the samples (Good, *Permutation Tests*, 2000;
Ernst, *Statistical Science* 19 (2004) 676). All that depends on which showers are the reference is
computed again for each exchange: its bins, and the standard deviation that W1 is divided by. Only a
reference that is constant, and thus has no scale, is measured by the spread of the pool.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.scores.resampling import Replicas

__all__ = ["p_value", "permutations"]

Array = NDArray[np.float64]

# A permutation may give the observed samples again, with another rounding.
ROUNDING = 1e-10


def permutations(
    n_reference: int, n_model: int, *, paired: bool, replicas: int, rng: np.random.Generator
) -> Replicas:
    """Choose anew which showers are the reference, among all that could have been.

    Paired samples are exchanged within each condition: one of its showers, the reference's or one
    of the model's, is drawn for the reference and the others are the model's. That holds whatever
    an observable owes to the condition, which is the same in both. Where conditions have unequal
    numbers of model showers each keeps its own, and one without a model shower keeps its
    reference. Samples that are not paired are exchanged as a whole.

    Args:
        n_reference: size of the reference.
        n_model: size of the model's sample.
        paired: model shower i has the condition of reference shower ``i mod n_reference``.
        replicas: how many, B.
        rng: source of randomness.

    Returns:
        B+1 replicas of the pooled samples, reference first, (B+1, n_reference + n_model) each. The
        first is the samples as they are.
    """
    pool = np.arange(n_reference + n_model)
    is_reference = np.tile((pool < n_reference).astype(np.uint8), (replicas + 1, 1))
    if paired:
        # Shower number s of condition c stands at s * n_reference + c of the pool.
        conditions = np.arange(n_reference)
        showers = np.bincount(pool % n_reference)
        chosen = rng.integers(showers, size=(replicas, n_reference)) * n_reference + conditions
        is_reference[1:] = 0
        np.put_along_axis(is_reference[1:], chosen, 1, axis=1)
    else:
        rng.permuted(is_reference[1:], axis=1, out=is_reference[1:])
    return Replicas(is_reference, 1 - is_reference)


def p_value(scores: Array) -> float:
    """How often an exchange gives a score at least as large as the observed one.

    The samples as they are count among their permutations, so that it is never 0 and the level of
    the test holds with any number of them (Phipson and Smyth, *Statistical Applications in
    Genetics and Molecular Biology* 9 (2010) 39).

    Args:
        scores: of the permutations, the observed one first, (B+1,).
    """
    observed = float(scores[0])
    return float(np.mean(scores >= observed - ROUNDING * max(observed, 1.0)))
