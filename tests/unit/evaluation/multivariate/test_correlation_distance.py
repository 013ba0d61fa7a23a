"""Correlations and how far apart they are."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.evaluation.multivariate.correlation import (
    correlation_difference,
    correlation_differences,
    correlations,
)
from calobench.evaluation.multivariate.samples import Pool


def test_correlations_are_those_of_numpy() -> None:
    x = np.random.default_rng(1).standard_normal((50, 4)) @ np.array(
        [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1e6, 1], [0, 0, 0, 1.0]]
    )
    np.testing.assert_allclose(correlations(x), np.corrcoef(x, rowvar=False))


def test_what_does_not_vary_is_correlated_with_nothing() -> None:
    x = np.random.default_rng(1).standard_normal((50, 3))
    x[:, 1] = 0.1
    result = correlations(x)
    np.testing.assert_array_equal(result[1], [0, 1, 0])
    assert np.isfinite(result).all()


def test_the_distance_of_opposite_correlations() -> None:
    x = np.arange(10.0)
    forward, backward = np.stack([x, x], axis=1), np.stack([x, -x], axis=1)
    pool = Pool.of(forward, backward, paired=False)
    assert correlation_differences(pool, pool.is_model[None]) == pytest.approx(2)
    assert correlation_difference(np.eye(1), np.eye(1)) == 0


def test_marginals_kept_and_correlations_destroyed() -> None:
    rng = np.random.default_rng(2)
    common = rng.standard_normal((800, 1))
    reference = 0.8 * common + 0.6 * rng.standard_normal((800, 5))
    model = np.stack([rng.permutation(column) for column in reference.T], axis=1)
    pool = Pool.of(reference, model, paired=False)
    # Every pair goes from 0.64 to 0.
    assert correlation_differences(pool, pool.is_model[None])[0] == pytest.approx(0.64, abs=0.04)
