"""Precision, recall, density and coverage with the settings of the CaloChallenge, with errors and nulls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from calobench._util.threads import few_threads
from calobench.evaluation.multivariate.neighbours import neighbour_scores
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.results.multivariate import MultivariateScore
from calobench.stats.jackknife import GROUPS

__all__ = ["MIN_SHOWERS", "diversity_scores"]

MIN_SHOWERS = 2 * GROUPS
"""Of each sample."""

_EMPTY_MEV = 0.1


def diversity_scores(
    reference: sparse.csr_array,
    generated: sparse.csr_array,
    replicas: int,
    rng: np.random.Generator,
) -> tuple[MultivariateScore, ...]:
    """The four numbers among the five nearest neighbours in log10 of the cells.

    As in the original an empty cell counts as 0.1 MeV, which is above the threshold of data sets 2 and 3.
    Errors leave groups of showers out in turn, nulls exchange labels. Time grows with the square of the
    showers.

    Args:
        reference: cells, MeV, (N, voxels).
        generated: cells, MeV, (M, voxels).
        replicas: permutations.
        rng: draws them, and the groups.
    """
    pool = Pool.of(_logarithms(reference), _logarithms(generated), paired=False)
    samples = Comparison.of(pool, pool, replicas, GROUPS, rng)
    with few_threads(len(pool)):
        return tuple(one.score for one in neighbour_scores(samples))


def _logarithms(cells: sparse.csr_array) -> NDArray[np.float64]:
    dense = cells.toarray()
    dense[dense == 0] = _EMPTY_MEV
    logarithms: NDArray[np.float64] = np.log10(dense).astype(np.float64, copy=False)
    return logarithms
