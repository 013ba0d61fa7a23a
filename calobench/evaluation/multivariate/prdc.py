"""Precision, recall, density and coverage: is what the model makes real, and does it make all of it?

Kynkaanniemi et al. (arXiv:1904.06991) and Naeem et al. (arXiv:2002.09797), here for samples of
unequal sizes. Around every shower lies a ball that reaches to its k-th nearest neighbour in its own
sample. Their values for samples that agree depend on N and on the number of features: read them
beside their null.

Pitfalls: precision and recall in many dimensions say less than their names: balls around single outliers
are huge, so that recall is too good. Density may exceed 1. None of the four is 1 for samples that agree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import TOLERANCE
from calobench.errors import ConditionsError
from calobench.stats.neighbours import distance_blocks, kth_distance

__all__ = ["NEIGHBOURS", "Prdc", "list_length", "prdc", "prdc_of_lists"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

NEIGHBOURS = 5
"""k, as the CaloChallenge has it."""


class Prdc(NamedTuple):
    """The four fractions.

    Attributes:
        precision: of the model's showers, those that lie in the ball of any reference shower.
        recall: of the reference's showers, those that lie in the ball of any model shower.
        density: mean number of reference balls around a model shower, over k; may exceed 1.
        coverage: of the reference's balls, those that hold a model shower. A model that
            repeats few showers has a small one.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(reference: Array, model: Array, k: int = NEIGHBOURS) -> Prdc:
    """Exact values, in blocks of rows; time N^2, memory N.

    Args:
        reference: (N_ref, d).
        model: (N_model, d).
        k: which neighbour a ball reaches to.

    Raises:
        ConditionsError: a sample has no more than k showers.
    """
    if min(len(reference), len(model)) <= k:
        raise ConditionsError(
            f"{len(reference)} and {len(model)} showers are too few for {k} neighbours; "
            f"give at least {k + 1} of each"
        )
    # Where the model repeats Geant4's showers, the k-th neighbour's copy lies on the ball, not in it.
    reference_radius, model_radius = (
        kth_distance(sample, k) * (1 - TOLERANCE) for sample in (reference, model)
    )
    in_reference = np.zeros(len(model), dtype=np.intp)
    recalled = np.zeros(len(reference), dtype=bool)
    covered = np.zeros(len(reference), dtype=bool)
    for part, squares in distance_blocks(reference, model):
        inside = squares < reference_radius[part, None]
        in_reference += inside.sum(axis=0)
        covered[part] = inside.any(axis=1)
        recalled[part] = (squares < model_radius).any(axis=1)
    return Prdc(
        precision=float(np.mean(in_reference > 0)),
        recall=float(recalled.mean()),
        density=float(in_reference.mean() / k),
        coverage=float(covered.mean()),
    )


def list_length(n_reference: int, n_model: int, k: int = NEIGHBOURS) -> int:
    """Neighbours in the pool among which k of either sample are almost surely."""
    n = n_reference + n_model
    return min(n - 1, int(np.ceil(4 * k * n / max(1, min(n_reference, n_model)))))


def prdc_of_lists(
    lists: NDArray[np.int32], is_model: Mask, kept: Mask | None = None, k: int = NEIGHBOURS
) -> Prdc:
    """The same from lists of neighbours in the pool, for many labellings of the same showers.

    A ball ends with its list where that holds less than k showers of its own sample. For
    exchanged labels that almost never happens; the samples themselves are for :func:`prdc`.

    Args:
        lists: the nearest neighbours of each shower in the pool, nearest first, (N, L).
        is_model: (N,).
        kept: showers that count, (N,); None for all.
        k: which neighbour a ball reaches to.
    """
    kept = np.ones(len(is_model), dtype=bool) if kept is None else kept
    model, reference = is_model & kept, ~is_model & kept
    real = _balls(lists[reference], reference, model, k)
    made = _balls(lists[model], model, reference, k)
    touched, recalled = (np.zeros(len(is_model), dtype=bool) for _ in range(2))
    touched[lists[reference][real]] = True
    recalled[lists[model][made]] = True
    return Prdc(
        precision=float(touched[model].mean()),
        recall=float(recalled[reference].mean()),
        density=float(real.sum() / (k * model.sum())),
        coverage=float(real.any(axis=1).mean()),
    )


def _balls(lists: NDArray[np.int32], own: Mask, other: Mask, k: int) -> Mask:
    """True for entries of the lists that are showers of the other sample within the ball, (n, L)."""
    inside: Mask = (np.cumsum(own[lists], axis=1) < k) & other[lists]
    return inside
