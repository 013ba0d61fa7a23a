"""Permutations: which showers could as well have been the reference's.

If the model is as good as Geant4, it is chance which showers came from which, and exchanging them
changes the score by chance alone. The fraction of permutations that give a score at least as large is
then an exact p-value, for any score and any size of the samples (Good, *Permutation Tests*, 2000;
Ernst, *Statistical Science* 19 (2004) 676). All that depends on which showers are the reference is
computed again for each permutation: its bins, and the standard deviation that W1 is divided by. Only a
reference that is constant, and thus has no scale, is measured by the spread of the pool.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.stats.resampling import Replicas
from calobench.stats.units import deal, unit_size
from calobench.stats.weights import Draws

__all__ = ["NEGLIGIBLE", "p_value", "permutations", "without_rounding"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Units that the smaller sample has at least, if it has so many showers.
MIN_UNITS = 40

NEGLIGIBLE = 1e-5
"""Scores that small are rounding, not an effect: of W1 it is 1e-5 of a standard deviation."""

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

    Large samples are exchanged in units (``calobench.stats.units``). The test stays exact: under the
    null all units of equal size are alike, and what is left over after dealing stays where it is.

    Args:
        n_reference: size of the reference.
        n_model: size of the model's sample.
        paired: model shower i has the condition of reference shower ``i mod n_reference``.
        replicas: how many, B.
        rng: source of randomness.

    Returns:
        B+1 replicas of the pooled samples, reference first. The first is the samples as they are.
    """
    size = unit_size(n_reference + n_model, samples=2)
    if paired:
        size = min(size, max(1, n_reference // MIN_UNITS))
        units, is_reference = _within_conditions(n_reference, n_model, size, replicas, rng)
    else:
        size = min(size, max(1, min(n_reference, n_model) // MIN_UNITS))
        units, is_reference = _as_a_whole(n_reference, n_model, size, replicas, rng)
    # Units in rows: their counts are worked on in blocks of replicas.
    is_reference = np.asfortranarray(is_reference)
    return Replicas(Draws(is_reference, units), Draws(1 - is_reference, units))


def _within_conditions(
    n_reference: int, n_model: int, size: int, replicas: int, rng: np.random.Generator
) -> tuple[Indices, NDArray[np.uint8]]:
    # Conditions with equally many model showers are dealt to groups among themselves. Shower number
    # s of condition c stands at s * n_reference + c of the pool, and is of unit s * groups + group(c).
    split = n_model % n_reference
    first = deal(split, size, rng)
    groups_before = int(first.max(initial=-1)) + 1
    group = np.concatenate([first, groups_before + deal(n_reference - split, size, rng)])
    groups = int(group.max()) + 1
    pool = np.arange(n_reference + n_model)
    units = pool // n_reference * groups + group[pool % n_reference]
    showers = np.full(groups, 1 + n_model // n_reference)
    showers[:groups_before] += 1
    is_reference = np.zeros((replicas + 1, units.max() + 1), np.uint8)
    is_reference[0, :groups] = 1
    chosen = rng.integers(showers, size=(replicas, groups)) * groups + np.arange(groups)
    np.put_along_axis(is_reference[1:], chosen, 1, axis=1)
    return units, is_reference


def _as_a_whole(
    n_reference: int, n_model: int, size: int, replicas: int, rng: np.random.Generator
) -> tuple[Indices, NDArray[np.uint8]]:
    whole, of_model = n_reference // size, n_model // size
    n_permuted = whole + of_model
    # First the full units of both, then what is left over of the reference and of the model.
    units = np.concatenate(
        [
            _full_units_first(n_reference, size, rng, first=0, rest=n_permuted),
            _full_units_first(n_model, size, rng, first=whole, rest=n_permuted + 1),
        ]
    )
    is_reference = np.zeros((replicas + 1, units.max() + 1), np.uint8)
    is_reference[:, :whole] = 1
    is_reference[:, n_permuted : n_permuted + 1] = 1
    permuted = is_reference[1:, :n_permuted]
    rng.permuted(permuted, axis=1, out=permuted)
    return units, is_reference


def _full_units_first(
    showers: int, size: int, rng: np.random.Generator, *, first: int, rest: int
) -> Indices:
    """Units of ``size`` showers counted from ``first``; the showers left over are unit ``rest``."""
    unit = np.arange(showers) // size
    units = np.where(unit < showers // size, first + unit, rest)
    return units if size == 1 else rng.permutation(units)


def without_rounding(scores: Array) -> Array:
    """Scores of which those of at most ``NEGLIGIBLE`` are nothing, in the shape that they have."""
    return np.where(np.abs(scores) <= NEGLIGIBLE, 0.0, scores)


def p_value(scores: Array) -> float:
    """Fraction of permutations with a score at least as large as the observed one.

    The samples as they are count among their permutations, so that it is never 0 and the level of
    the test holds with any number of them (Phipson and Smyth, *Statistical Applications in
    Genetics and Molecular Biology* 9 (2010) 39).

    Args:
        scores: of the permutations, the observed one first, (B+1,). What is at most ``NEGLIGIBLE`` counts
            as nothing, in all of them alike, so that the level of the test holds: two samples that
            agree to rounding have no significant difference, however systematic the rounding is.
    """
    scores = without_rounding(scores)
    observed = float(scores[0])
    return float(np.mean(scores >= observed - ROUNDING * max(observed, 1.0)))
