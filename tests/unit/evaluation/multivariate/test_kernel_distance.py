"""The kernel distance against its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.multivariate import kernel
from calobench.evaluation.multivariate.kernel import (
    SCALE,
    kernel_distances,
    kernel_matrix,
    kernel_of_itself,
    kernel_sums,
)
from calobench.evaluation.multivariate.samples import Pool, jackknife_groups, permuted_labels


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def by_definition(pool: Pool, is_model: Any) -> float:
    """Means over all pairs that are neither one shower nor, paired, of one condition."""
    k = kernel_matrix(pool.features / SCALE, pool.features / SCALE)
    same = np.eye(len(pool), dtype=bool)
    if pool.paired:
        same = pool.condition[:, None] == pool.condition
    means = []
    for left, right in ((is_model, is_model), (~is_model, ~is_model), (is_model, ~is_model)):
        chosen = np.outer(left, right) & ~same
        means.append(k[chosen].mean())
    return means[0] + means[1] - 2 * means[2]


def test_kernel_by_hand() -> None:
    x, y = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0], [0.0, 0.0]])
    np.testing.assert_allclose(kernel_matrix(x, y), [[1.5**4, 1]])
    np.testing.assert_allclose(kernel_of_itself(x), [3.5**4])
    counts = np.array([[1.0], [2]]), np.array([[1.0, 1], [0, 3]])
    np.testing.assert_allclose(kernel_sums(x, y, *counts), [1.5**4 + 1, 6])


def test_sums_of_tiles_are_sums_of_all_pairs_to_some_billionths(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In single precision, for features about as large as the CaloChallenge's."""
    monkeypatch.setattr(kernel, "TILE", 70)
    x, y = rng.uniform(0.2, 1, (300, 40)), rng.uniform(0.3, 1, (210, 40))
    x_counts, y_counts = rng.integers(0, 4, (3, 300)), rng.integers(0, 4, (3, 210))
    for other, counts in ((y, y_counts), (x, x_counts)):
        pairs = x_counts.sum(axis=1) * counts.sum(axis=1)
        expected = np.einsum("bi,ij,bj->b", x_counts, kernel_matrix(x, other), counts) / pairs
        means = kernel_sums(x, other, x_counts * 1.0, counts * 1.0) / pairs
        np.testing.assert_allclose(means, expected, rtol=0, atol=2e-8)


@pytest.mark.parametrize("paired", [True, False])
def test_all_labellings_at_once(
    rng: np.random.Generator, paired: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "BLOCK", 500)
    pool = Pool.of(rng.standard_normal((30, 4)), rng.standard_normal((75, 4)) + 0.3, paired=paired)
    labels = np.concatenate([pool.is_model[None], permuted_labels(pool, 5, rng)])
    groups = jackknife_groups(pool, 6, rng)
    distances = kernel_distances(pool, labels, groups)
    expected = [by_definition(pool, row) for row in labels]
    np.testing.assert_allclose(distances.of_labels, expected, rtol=1e-9, atol=1e-12)
    expected = [by_definition(pool[groups != k], pool.is_model[groups != k]) for k in range(6)]
    np.testing.assert_allclose(distances.without, expected, rtol=1e-9, atol=1e-12)


def test_it_may_be_negative(rng: np.random.Generator) -> None:
    values = []
    for _ in range(40):
        pool = Pool.of(rng.standard_normal((40, 3)), rng.standard_normal((40, 3)), paired=False)
        groups = jackknife_groups(pool, 4, rng)
        values.append(kernel_distances(pool, pool.is_model[None], groups).of_labels[0])
    assert min(values) < 0 < max(values)
    # The mean of 40 within 3.5 of its errors.
    assert abs(np.mean(values)) < 3.5 * np.std(values) / 40**0.5


def test_a_shift_has_the_distance_of_its_kernel(rng: np.random.Generator) -> None:
    """Far apart, the distance is that of two points: 2^4 + 1 - 2 for (1, 1) and (0, 0)."""
    reference = np.full((20, 2), SCALE)
    pool = Pool.of(reference, np.zeros((30, 2)), paired=False)
    groups = jackknife_groups(pool, 4, rng)
    distances = kernel_distances(pool, pool.is_model[None], groups)
    assert distances.of_labels[0] == pytest.approx(15)
    np.testing.assert_allclose(distances.without, 15)
