"""A series that repeats itself is detected at its lag; one that does not is not."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.stats.lags import LEVEL, repeated_lag

N = 400


def rows(seed: int, n: int = N) -> np.ndarray:
    """Correlated columns with heavy tails."""
    rng = np.random.default_rng(seed)
    return rng.standard_t(3, (n, 12)) @ rng.normal(size=(12, 15))


@pytest.mark.parametrize("lag", [1, 37, 200, 350])
@pytest.mark.parametrize("fraction", [1.0, 0.7])
def test_rows_that_come_again_are_found(lag: int, fraction: float) -> None:
    own = rows(1)
    shared = np.repeat(own, 2, axis=0)[:N] if lag == 1 else np.resize(own[:lag], own.shape)
    values = fraction * shared + (1 - fraction) * rows(2)
    result = repeated_lag(values)
    assert result is not None
    assert result.rows == lag
    assert result.correlation > 0.25


def test_independent_rows_are_left_alone() -> None:
    # 50 samples with a false alarm each of at most LEVEL.
    assert LEVEL < 1e-4
    assert [repeated_lag(rows(seed)) for seed in range(50)] == [None] * 50


def test_columns_without_meaning_are_left_out() -> None:
    values = np.column_stack([rows(3), np.ones(N), np.where(np.arange(N) == 3, np.nan, 1.0)])
    values[200:] = values[:200]
    values[203, -1] = 1.0
    result = repeated_lag(values)
    assert result is not None
    assert (result.rows, result.n) == (200, N)


@pytest.mark.parametrize("values", [np.ones((N, 3)), rows(1, 30), np.empty((N, 0)), rows(1, 1)])
def test_too_little_says_nothing(values: np.ndarray) -> None:
    assert repeated_lag(values) is None
