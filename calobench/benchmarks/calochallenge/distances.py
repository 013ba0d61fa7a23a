"""FPD and KPD with the settings of the CaloChallenge, and without bias for samples of any size.

JetNet's own values need batches of 10,000 showers. Those are drawn with replacement, so that its fit in
1/N takes away the bias of a batch and not that of the sample: with fewer showers the values mean little.
Beside them stand both distances of all showers as they are: FPD extrapolated to 1/N = 0 by leaving
groups of showers out, KPD unbiased from the start, with sampling errors and exchanged labels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calobench._util.threads import few_threads
from calobench.benchmarks.calochallenge.record import Distance
from calobench.evaluation.multivariate.fpd import frechet_score
from calobench.evaluation.multivariate.jetnet import fpd_jetnet, kpd_jetnet
from calobench.evaluation.multivariate.kpd import kernel_score
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.results.multivariate import MultivariateScore
from calobench.stats.jackknife import GROUPS

__all__ = ["MIN_SHOWERS", "MIN_UNBIASED", "distances", "unbiased_distances"]

Array = NDArray[np.float64]

# Permutations times showers: 200 of 2,000 showers, at least 50 of many.
_WORK, _MIN_REPLICAS = 400_000, 50

MIN_SHOWERS = 10_000
"""Smallest batch of FPD and size of the batches of KPD as published."""

MIN_UNBIASED = 2 * GROUPS
"""Showers of each sample for distances without bias: two in each group that is left out."""

MAX_UNBIASED = 20_000
"""Showers of both samples that distances without bias use at most."""


def distances(
    reference: Array,
    generated: Array,
    rng: np.random.Generator,
    done: Callable[[], None] = lambda: None,
) -> tuple[Distance, ...]:
    """Both distances of the classifier's vectors, as JetNet computes them.

    The null is one half of the reference against the other. Its samples are half as large, so that it
    lies higher than a null at the same N: distances near it are compatible with Geant4.

    Args:
        reference: (N, d).
        generated: (M, d).
        rng: splits the reference.
        done: called after each of the two.

    Returns:
        None of them where a sample has fewer than ``MIN_SHOWERS``.
    """
    if min(len(reference), len(generated)) < MIN_SHOWERS:
        return ()
    order = rng.permutation(len(reference))
    half = len(order) // 2
    halves = reference[order[:half]], reference[order[half : 2 * half]]
    scores: dict[Literal["FPD", "KPD"], Callable[[Array, Array], tuple[float, float]]]
    scores = {"FPD": _fpd, "KPD": _kpd}
    results = []
    for name, score in scores.items():
        value, error = score(reference, generated)
        null = score(*halves) if half >= MIN_SHOWERS else (None, None)
        results.append(
            Distance(
                name=name,
                value=value,
                error=error,
                null_value=null[0],
                null_error=null[1],
                n_reference=len(reference),
                n_generated=len(generated),
                n_null=half,
            )
        )
        done()
    return tuple(results)


def unbiased_distances(
    reference: Array,
    generated: Array,
    replicas: int,
    rng: np.random.Generator,
    done: Callable[[], None] = lambda: None,
) -> tuple[MultivariateScore, ...]:
    """FPD and KPD of the classifier's vectors without bias, with errors and nulls, for any number of showers.

    Features are divided by their largest absolute values, as in JetNet: in the reference for values,
    in both samples for tests, which exchange the showers.

    Args:
        reference: (N, d).
        generated: (M, d).
        replicas: permutations.
        rng: draws showers, permutations and groups.
        done: called after each of the two.

    Returns:
        None of them where a sample has fewer than ``MIN_UNBIASED``.
    """
    if min(len(reference), len(generated)) < MIN_UNBIASED:
        return ()
    # Matrix products and singular values of many permutations: their number falls with their size.
    pool = Pool.of(reference, generated, paired=False)
    pool = pool[pool.reduced(MAX_UNBIASED, rng)]
    replicas = min(replicas, max(_MIN_REPLICAS, _WORK // len(pool)))
    largest = np.abs(pool.features).max(axis=0)
    samples = Comparison.of(
        replace(pool, features=_over(pool.features, np.abs(reference).max(axis=0))),
        replace(pool, features=_over(pool.features, largest)),
        replicas,
        GROUPS,
        rng,
    )
    scores = []
    with few_threads(len(pool)):
        for one in (frechet_score(samples), kernel_score(samples, scale=1.0)):
            scores.append(one.score)
            done()
    return tuple(scores)


def _over(features: Array, largest: Array) -> Array:
    scaled: Array = features / np.where(largest > 0, largest, 1)
    return scaled


def _fpd(real: Array, gen: Array) -> tuple[float, float]:
    return fpd_jetnet(real, gen, min_samples=MIN_SHOWERS)


def _kpd(real: Array, gen: Array) -> tuple[float, float]:
    return kpd_jetnet(real, gen, batch_size=MIN_SHOWERS)
