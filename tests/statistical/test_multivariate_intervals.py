"""Intervals of the scores of all observables together cover what they are about.

Every seed is fixed, so that a test passes always or never. An interval of 68 % covers in 100 runs
between 50 and 86 of them, four binomial standard deviations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.multivariate.equivalent import equivalent_statistics
from calobench.evaluation.multivariate.fpd import frechet_score
from calobench.evaluation.multivariate.frechet import frechet_distance, frechet_of, frechet_without
from calobench.evaluation.multivariate.kernel import SCALE, kernel_matrix
from calobench.evaluation.multivariate.kpd import kernel_score
from calobench.evaluation.multivariate.samples import Comparison, Pool, jackknife_groups
from calobench.stats.jackknife import jackknife

pytestmark = pytest.mark.statistical

RUNS = 100
LOW, HIGH = 0.5, 0.86
D = 6
MIX = np.random.default_rng(1).standard_normal((D, D)) / D**0.5 + np.eye(D)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(29)


def sample(rng: np.random.Generator, n: Any, scale: float = 1.0, shift: float = 0.0) -> Any:
    return scale * (rng.standard_normal((n, D)) @ MIX) + shift


def scores(
    rng: np.random.Generator, function: Any, *, scale: Any, shift: Any, n: int = 150, m: int = 300
) -> Any:
    """A score in many experiments: values, errors, and their intervals."""
    rows = []
    for _ in range(RUNS):
        pool = Pool.of(sample(rng, n), sample(rng, m, scale, shift), paired=False)
        score = function(Comparison.of(pool, pool, 40, 20, rng)).score
        rows.append((score.value, score.error, *score.interval))
    return np.array(rows).T


@pytest.mark.parametrize(("scale", "shift"), [(1.3, 0.2), (1.0, 0.3)])
def test_frechet_distance(rng: np.random.Generator, scale: float, shift: float) -> None:
    """The value is free of the bias of finite samples, and the interval covers the truth."""
    covariance = MIX.T @ MIX
    truth = frechet_distance(np.zeros(D), covariance, np.full(D, shift), scale**2 * covariance)
    value, error, low, high = scores(rng, frechet_score, scale=scale, shift=shift)
    assert abs(value.mean() - truth) < 4 * value.std() / RUNS**0.5
    assert LOW < np.mean((low <= truth) & (truth <= high)) < HIGH
    # Of a distance that is little above its noise the error is on the large side.
    assert 0.85 < error.mean() / value.std() < 1.6


def test_the_plain_frechet_distance_would_not_do(rng: np.random.Generator) -> None:
    """Of two samples that agree it is far from zero; less its bias it is not."""
    plain, debiased = [], []
    for _ in range(RUNS):
        pool = Pool.of(sample(rng, 150), sample(rng, 300), paired=False)
        plain.append(frechet_of(pool.features, pool.is_model))
        groups = jackknife_groups(pool, 20, rng)
        debiased.append(plain[-1] - jackknife(plain[-1], frechet_without(pool, groups)).bias)
    spread = np.std(plain)
    assert np.mean(plain) > 2 * spread
    assert abs(np.mean(debiased)) < 0.5 * spread
    # Nothing is lost by it.
    assert np.std(debiased) < 1.2 * spread


def test_kernel_distance(rng: np.random.Generator) -> None:
    large = [sample(rng, 6000, *option) / SCALE for option in ((1.0, 0.0), (1.2, 0.3))]
    # Means over independent pairs of showers; the truth is known to a few percent of the error.
    halves = [np.split(part, 2) for part in large]
    within = [kernel_matrix(*half).mean() for half in halves]
    truth = sum(within) - 2 * kernel_matrix(*large).mean()
    value, error, low, high = scores(rng, kernel_score, scale=1.2, shift=0.3)
    assert LOW < np.mean((low <= truth) & (truth <= high)) < HIGH
    assert error.mean() == pytest.approx(value.std(), rel=0.3)


def test_equivalent_statistics(rng: np.random.Generator) -> None:
    """A shift of a fifth of a width: what the model is worth on average, and its interval."""
    n, runs, d = 200, 40, 10

    def observables(shift: Any) -> Any:
        columns = (rng.standard_normal((n, d)) + shift).T
        return {f"x{k}": column for k, column in enumerate(columns)}

    values = [
        equivalent_statistics(
            observables(0.0), observables(0.25), paired=False, replicas=60, rng=rng
        )
        for _ in range(runs)
    ]
    law = values[0].law
    truth = law.showers(float(np.mean([one.distance for one in values])))
    covered = [one.low <= truth and (one.high is None or truth <= one.high) for one in values]
    # 68 % of 40, four binomial standard deviations; bootstrap errors of a distance are rather large.
    assert np.mean(covered) > 0.39
    below = [one.low <= truth for one in values]
    assert np.mean(below) > 0.6
