"""The minimum detectable shift of a score is detected with the stated power.

Seeds are fixed; the tolerance is that of an effect known to a fifth, of an estimate from five pairs of
samples, and of 100 trials.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.univariate import Distributions, all_scores
from calobench.evaluation.univariate.power import minimum_detectable
from calobench.stats.permutation import p_value, permutations
from calobench.stats.resampling import Replicas

pytestmark = pytest.mark.statistical

N, M = 150, 300


@pytest.mark.parametrize("paired", [True, False])
def test_power_at_the_detectable_shift(paired: bool) -> None:
    rng = np.random.default_rng(31)

    def samples(shift: Any) -> Distributions:
        condition = rng.standard_normal(N)
        other = np.tile(condition, 2) if paired else rng.standard_normal(M)
        return Distributions.of(
            condition + rng.standard_normal(N), other + rng.standard_normal(M) + shift * 2**0.5
        )

    def permuted(replicas: int) -> Replicas:
        return permutations(N, M, paired=paired, replicas=replicas, rng=rng)

    effects = [minimum_detectable(all_scores(), samples(0.0), permuted(200)) for _ in range(5)]
    for index, function in enumerate(all_scores()):
        shifts = [row[index] for row in effects]
        assert None not in shifts
        shift = float(np.mean([s for s in shifts if s is not None]))
        hits = 0
        for _ in range(100):
            (weights,) = permuted(39).blocks()
            hits += p_value(function(samples(shift).pooled(), weights).value) <= 0.05
        # 80 % promised; the binomial error is 4 %.
        assert 60 <= hits <= 95, (function.name, hits)
