"""Differences of two models' scores of all observables together."""

from __future__ import annotations

import numpy as np
from scipy.stats import t

from calobench.benchmarks.paired.record import PairedDifference
from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.residuals import residuals
from calobench.evaluation.multivariate.base import Distance
from calobench.evaluation.multivariate.catalogue import all_multivariate
from calobench.evaluation.multivariate.features import feature_matrices
from calobench.evaluation.multivariate.judging import Name
from calobench.evaluation.multivariate.samples import Pool, jackknife_groups
from calobench.observables.features import FeatureTable
from calobench.stats.jackknife import GROUPS, jackknife
from calobench.stats.permutation import NEGLIGIBLE

__all__ = ["MAX_SHOWERS", "together"]

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
    """Of each score that declares a distance, the first model's less the second's.

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
        _difference(one.names[0], *(one.distance(pool, groups) for pool in pools))
        for one in all_multivariate()
        if one.distance is not None
    )


def _difference(name: Name, first: Distance, second: Distance) -> PairedDifference:
    spread = jackknife(first.plain - second.plain, first.without - second.without)
    difference = first.value - second.value
    pull = abs(difference) / spread.error if spread.error > 0 else np.inf if difference else 0.0
    if abs(difference) <= NEGLIGIBLE:
        pull = 0.0
    return PairedDifference(
        observable="",
        label=name.label,
        score=name.key,
        first=first.value,
        second=second.value,
        difference=difference,
        error=spread.error,
        interval=(difference - spread.half_width, difference + spread.half_width),
        p_value=float(2 * t.sf(pull, GROUPS - 1)),
    )
