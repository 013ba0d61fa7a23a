"""One-pass correlations and their errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.stats.comoments import CoMoments

EMPTY = CoMoments.empty(4)


@pytest.fixture
def rows() -> Any:
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(503, 4)) @ rng.normal(size=(4, 4))
    return mixed * [1.0, 10.0, 1e-3, 1e3] + [0.0, 100.0, 5.0, 1e6]


def assert_same(a: CoMoments, b: CoMoments) -> None:
    np.testing.assert_array_equal(a.count, b.count)
    np.testing.assert_allclose(a.mean, b.mean, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(a.scatter, b.scatter, rtol=1e-9, atol=1e-9)


def test_correlations_are_those_of_numpy(rows: Any) -> None:
    result = EMPTY.with_showers(rows).correlations()
    np.testing.assert_allclose(result.r, np.corrcoef(rows.T), atol=1e-9)
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(result.z[off], np.arctanh(result.r[off]))


@pytest.mark.parametrize("size", [1, 7, 100, 503])
def test_chunks_of_any_size_give_the_same(rows: Any, size: int) -> None:
    whole = EMPTY.with_showers(rows)
    parts = EMPTY
    for first in range(0, len(rows), size):
        parts = parts.with_showers(rows[first : first + size], first)
    assert_same(parts, whole)


def test_parts_merge_in_any_order(rows: Any) -> None:
    first, second = EMPTY.with_showers(rows[:200]), EMPTY.with_showers(rows[200:], 200)
    assert_same(first.merged(second), second.merged(first))
    assert_same(first.merged(second), EMPTY.with_showers(rows))
    assert_same(EMPTY.merged(first), first)


def test_leaving_a_group_out_is_not_having_it(rows: Any) -> None:
    sums = EMPTY.with_showers(rows)
    z = []
    for group in range(20):
        kept = rows[np.arange(len(rows)) % 20 != group]
        r = np.corrcoef(kept.T)
        z.append(np.arctanh(np.clip(r, -1 + 1e-6, 1 - 1e-6)))
    error = np.sqrt(19 / 20 * ((z - np.mean(z, axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(sums.correlations().error, error, rtol=1e-5, atol=1e-9)


def test_error_for_gaussian_pairs_is_that_of_fisher() -> None:
    rng = np.random.default_rng(2)
    errors = []
    for rho in (0.0, 0.5, -0.9):
        for _ in range(60):
            pair = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=300)
            errors.append(CoMoments.empty(2).with_showers(pair).correlations().error[0, 1])
    # 1 / sqrt(297); each has an error of 16 %, 180 are averaged.
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(1 / np.sqrt(297), rel=0.06)


def test_undefined_showers_are_left_out(rows: Any) -> None:
    spoiled = rows.copy()
    spoiled[::10, 2] = np.nan
    kept = np.delete(rows, np.arange(0, len(rows), 10), axis=0)
    result = EMPTY.with_showers(spoiled)
    assert result.total == len(kept)
    np.testing.assert_allclose(result.correlations().r, np.corrcoef(kept.T), atol=1e-9)


def test_constant_and_identical_numbers_are_finite() -> None:
    x = np.random.default_rng(4).normal(size=100)
    rows = np.stack([x, x, -2 * x, np.full(100, 3.0)], axis=1)
    result = EMPTY.with_showers(rows).correlations()
    assert np.isfinite(result.z).all()
    assert np.isfinite(result.error).all()
    np.testing.assert_allclose(result.r[0, :3], [1, 1, -1])
    np.testing.assert_array_equal(result.r[3], 0)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_showers(n: int) -> None:
    result = EMPTY.with_showers(np.arange(4.0 * n).reshape(n, 4)).correlations()
    assert np.isfinite(result.z).all()
    assert np.isfinite(result.error).all()
