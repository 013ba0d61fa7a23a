"""Differences of two models' scores of all observables together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from calobench.benchmarks.paired.record import PairedDifference
from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.residuals import residuals
from calobench.evaluation.multivariate.features import feature_matrices
from calobench.evaluation.multivariate.frechet import frechet_of, frechet_without
from calobench.evaluation.multivariate.kernel import kernel_distances
from calobench.evaluation.multivariate.samples import Pool, jackknife_groups
from calobench.observables.features import FeatureTable
from calobench.stats.jackknife import GROUPS, jackknife
from calobench.stats.permutation import NEGLIGIBLE

__all__ = ["MAX_SHOWERS", "together"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

MAX_SHOWERS = 20_000
"""Showers of the reference and one model that are used at most."""


def together(
    reference: FeatureTable,
    first: FeatureTable,
    second: FeatureTable,
    detector: DetectorSpec,
    *,
    paired: bool,
    rng: np.random.Generator,
) -> tuple[PairedDifference, ...]:
    """FPD and KPD of the first model less those of the second.

    The same groups of conditions are left out of both models in turn (delete-a-group jackknife).

    Args:
        reference: observables of the reference.
        first: of one model.
        second: of the other, shower by shower of the same conditions.
        detector: its staves fold the azimuth.
        paired: the models have the reference's own conditions, repeated.
        rng: divides the showers.
    """
    both = FeatureTable.concatenate([first, second])
    at_fixed = residuals(reference, both, staves=detector.staves.count)
    features = feature_matrices(reference.conditions, both.conditions, at_fixed)
    n = len(first)
    pools = [
        Pool.of(features.reference, part, paired=paired)
        for part in (features.model[:n], features.model[n:])
    ]
    rows = pools[0].reduced(MAX_SHOWERS, rng)
    pools = [pool[rows] for pool in pools]
    groups = jackknife_groups(pools[0], GROUPS, rng)
    return tuple(
        _difference(name, [statistic(pool, groups) for pool in pools], debiased=debiased)
        for name, statistic, debiased in (("FPD", _frechet, True), ("KPD", _kernel, False))
    )


Statistic = Callable[[Pool, Indices], tuple[float, Array]]


def _frechet(pool: Pool, groups: Indices) -> tuple[float, Array]:
    return frechet_of(pool.features, pool.is_model), frechet_without(pool, groups)


def _kernel(pool: Pool, groups: Indices) -> tuple[float, Array]:
    distances = kernel_distances(pool, pool.is_model[None], groups)
    return float(distances.of_labels[0]), distances.without


def _difference(name: str, both: list[tuple[float, Array]], *, debiased: bool) -> PairedDifference:
    biases = [jackknife(value, without).bias if debiased else 0.0 for value, without in both]
    first, second = (value - bias for (value, _), bias in zip(both, biases, strict=True))
    spread = jackknife(both[0][0] - both[1][0], both[0][1] - both[1][1])
    difference = first - second
    pull = abs(difference) / spread.error if spread.error > 0 else np.inf if difference else 0.0
    if abs(difference) <= NEGLIGIBLE:
        pull = 0.0
    return PairedDifference(
        observable="",
        label=name,
        score=name.lower(),
        first=first,
        second=second,
        difference=difference,
        error=spread.error,
        interval=(difference - spread.half_width, difference + spread.half_width),
        p_value=float(2 * t.sf(pull, GROUPS - 1)),
    )
