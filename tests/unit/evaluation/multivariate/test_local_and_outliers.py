"""The largest local difference and the fraction of outliers: their places and p-values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.multivariate.local import local_score
from calobench.evaluation.multivariate.outliers import outlier_score
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.showers import Conditions

NAMES = ("incident_energy", "response", "centre_of_gravity_z", "width_z")
N_REFERENCE, N_MODEL = 500, 700


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture
def conditions(rng: np.random.Generator) -> Conditions:
    n = N_REFERENCE + N_MODEL
    return Conditions(rng.uniform(1e3, 1e5, n), rng.uniform(0.9, 2.2, n), np.zeros(n))


def comparison(features: Any, rng: np.random.Generator) -> Comparison:
    pool = Pool.of(features[:N_REFERENCE], features[N_REFERENCE:], paired=False)
    return Comparison.of(pool, pool, 200, 20, rng)


def drawn(rng: np.random.Generator) -> Any:
    return rng.standard_normal((N_REFERENCE + N_MODEL, len(NAMES)))


def test_local_fault_is_found_where_it_is(conditions: Conditions, rng: np.random.Generator) -> None:
    features = drawn(rng)
    inside = (conditions.energy > 7e4) & (conditions.theta < 1.3)
    inside[:N_REFERENCE] = False
    features[inside, 2] -= 1.5
    result = local_score(comparison(features, rng), NAMES, conditions)
    assert result is not None
    judged, fault = result
    score = judged.score
    assert score.p_value == pytest.approx(1 / 201)
    assert fault.observable == "centre_of_gravity_z"
    assert fault.energy_mev[0] > 5e4
    assert fault.theta[1] < 1.6
    assert fault.difference == pytest.approx(-1.3, abs=0.4)
    assert fault.n_model + fault.n_reference < 300


def test_a_shift_that_is_everywhere_is_no_local_fault(
    conditions: Conditions, rng: np.random.Generator
) -> None:
    features = drawn(rng)
    features[N_REFERENCE:, 1] += 2
    result = local_score(comparison(features, rng), NAMES, conditions)
    assert result is not None
    judged, _ = result
    score = judged.score
    assert score.p_value > 0.01
    assert score.null_interval[0] < score.value < 1.3 * score.null_interval[1]


def test_pulls_have_an_error_of_one(conditions: Conditions, rng: np.random.Generator) -> None:
    """One window: half of all energies, one observable; the pull over many samples."""
    values = []
    few = Conditions(
        np.sign(conditions.energy - 5e4) + 2.0, np.ones(len(conditions)), conditions.phi
    )
    for _ in range(40):
        features = rng.standard_normal((N_REFERENCE + N_MODEL, 1))
        pool = Pool.of(features[:N_REFERENCE], features[N_REFERENCE:], paired=False)
        result = local_score(Comparison.of(pool, pool, 20, 20, rng), ("response",), few)
        values.append(result[1].difference / result[1].error)
    # 40 Gaussian numbers: their mean square has an error of 0.22.
    assert np.mean(np.square(values)) == pytest.approx(1, abs=0.7)


def test_without_windows_there_is_no_local_score(rng: np.random.Generator) -> None:
    same = Conditions(np.full(1200, 5e4), np.full(1200, 1.57), np.zeros(1200))
    assert local_score(comparison(drawn(rng), rng), NAMES, same) is None


def test_outliers_are_counted_and_tested(rng: np.random.Generator) -> None:
    features = drawn(rng)
    assert outlier_score(comparison(features, rng), NAMES, NAMES).score.value == 0
    features[-14:, 1:] = rng.choice([-7, 7], (14, 3))
    score = outlier_score(comparison(features, rng), NAMES, NAMES).score
    assert score.value == pytest.approx(14 / N_MODEL)
    # All fourteen in the model: (7 / 12) to that power is 5e-4, less than 200 permutations resolve.
    assert score.p_value == pytest.approx(1 / 201, abs=1.1 / 201)
    assert score.null_median == 0
    assert outlier_score(comparison(features, rng), ("a",) * 4, ("a",) * 4) is None
