from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from calobench.stats.roc import area_under_roc, combined_p_value, guessing_p_value


def test_the_area_is_that_of_sklearn_ties_and_all() -> None:
    rng = np.random.default_rng(1)
    positives, negatives = rng.integers(0, 6, 80) + 1.0, rng.integers(0, 6, 50) * 1.0
    labels = np.repeat([1, 0], (80, 50))
    expected = roc_auc_score(labels, np.concatenate([positives, negatives]))
    assert area_under_roc(positives, negatives).value == pytest.approx(expected, abs=1e-14)


def test_the_variance_is_the_scatter_of_areas() -> None:
    rng = np.random.default_rng(2)
    areas = [area_under_roc(rng.normal(1, 1, 60), rng.normal(0, 1, 90)) for _ in range(2000)]
    scatter = np.var([one.value for one in areas])
    assert np.mean([one.variance for one in areas]) == pytest.approx(scatter, rel=0.1)


def test_samples_that_share_no_value() -> None:
    area = area_under_roc(np.arange(5.0) + 10, np.arange(7.0))
    assert area == (1.0, 0.0)
    assert guessing_p_value(np.arange(50.0) + 100, np.arange(70.0)) < 1e-12


def test_outputs_that_say_nothing() -> None:
    assert area_under_roc(np.ones(9), np.ones(8)).value == 0.5
    assert guessing_p_value(np.ones(9), np.ones(8)) == 1.0


def test_p_values_of_guessing_are_uniform() -> None:
    rng = np.random.default_rng(3)
    p_values = np.array([guessing_p_value(*rng.normal(size=(2, 40))) for _ in range(1000)])
    assert 0.03 < np.mean(p_values <= 0.05) < 0.07


@pytest.mark.parametrize("shared", [0.0, 0.6, 1.0])
def test_a_combined_p_value_keeps_its_level_however_the_tests_depend(shared: float) -> None:
    rng = np.random.default_rng(4)
    common, own = rng.normal(size=(4000, 1)), rng.normal(size=(4000, 5))
    from scipy.stats import norm

    p_values = norm.sf(np.sqrt(shared) * common + np.sqrt(1 - shared) * own)
    assert np.mean([combined_p_value(row) <= 0.05 for row in p_values]) <= 0.06
