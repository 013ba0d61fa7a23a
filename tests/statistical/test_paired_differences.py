"""P-values and intervals of the difference of two models.

Every seed is fixed; tolerances are four binomial standard deviations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.benchmarks.paired.replicas import SharedReplicas, values
from calobench.evaluation.univariate import Distributions, all_scores
from calobench.stats.permutation import p_value
from calobench.stats.weights import as_they_are

pytestmark = pytest.mark.statistical

N, RUNS, REPLICAS = 100, 150, 39
(KS,) = (function for function in all_scores() if function.name == "ks")
(W1,) = (function for function in all_scores() if function.name == "wasserstein")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(41)


def experiment(rng: np.random.Generator, shifts: Any) -> Any:
    """A reference and two models that share its conditions."""
    condition = rng.standard_normal(N)
    reference = condition + rng.standard_normal(N)
    models = [condition + rng.standard_normal(N) + shift for shift in shifts]
    shared = SharedReplicas.of(N, N, paired_with_reference=True, replicas=REPLICAS, rng=rng)
    return reference, models, shared


@pytest.mark.parametrize("shifts", [(0.0, 0.0), (0.5, 0.5)])
def test_p_values_of_equal_models_are_uniform(
    rng: np.random.Generator, shifts: tuple[float, float]
) -> None:
    """Two models of equal quality, both good or both bad."""
    p = []
    for _ in range(RUNS):
        reference, models, shared = experiment(rng, shifts)
        pool = Distributions.of(reference, np.concatenate(models))
        first, second = (values(KS, pool, side) for side in (shared.first, shared.second))
        p.append(p_value(np.abs(first - second)))
    for level in (0.1, 0.5):
        allowed = 4 * np.sqrt(level * (1 - level) / RUNS)
        # Distances have ties: a little on the safe side.
        assert level - 1.3 * allowed < np.mean(np.array(p) <= level) < level + allowed


def test_the_error_is_that_of_repeated_experiments(rng: np.random.Generator) -> None:
    """And smaller than if the two models had been compared with references of their own."""
    differences, errors, apart, covered = [], [], [], 0
    truth = []
    for _ in range(RUNS):
        reference, models, shared = experiment(rng, (0.6, 0.8))
        once = as_they_are(N, N)
        both = [Distributions.of(reference, model) for model in models]
        at = [values(W1, samples, once)[0] for samples in both]
        drawn = [values(W1, samples, shared.drawn) for samples in both]
        differences.append(at[0] - at[1])
        errors.append((drawn[0] - drawn[1]).std(ddof=1))
        apart.append(np.hypot(*(column.std(ddof=1) for column in drawn)))
        truth.append(differences[-1])
    for difference, error in zip(differences, errors, strict=True):
        covered += abs(difference - np.mean(truth)) < error
    assert np.mean(errors) == pytest.approx(np.std(differences), rel=0.25)
    assert np.mean(errors) < 0.9 * np.mean(apart)
    assert covered / RUNS == pytest.approx(0.68, abs=4 * np.sqrt(0.68 * 0.32 / RUNS))
