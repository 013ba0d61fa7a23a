"""Permutations stay within a condition, and the jackknife leaves out showers that belong together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.multivariate.judging import permutation_p_value
from calobench.evaluation.multivariate.samples import Pool, jackknife_groups, permuted_labels


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def pool(n: Any, m: Any, *, paired: Any) -> Pool:
    return Pool.of(np.arange(n)[:, None] * 1.0, np.arange(m)[:, None] * 1.0, paired=paired)


def test_the_numbers_of_both_samples_stay(rng: np.random.Generator) -> None:
    for paired in (True, False):
        both = pool(30, 70, paired=paired)
        labels = permuted_labels(both, 50, rng)
        assert (labels.sum(axis=1) == 70).all()
        assert len(np.unique(labels, axis=0)) > 40


def test_paired_showers_stay_in_their_condition(rng: np.random.Generator) -> None:
    both = pool(30, 70, paired=True)
    of_condition = np.bincount(both.condition, weights=both.is_model)
    for row in permuted_labels(both, 20, rng):
        np.testing.assert_array_equal(np.bincount(both.condition, weights=row), of_condition)


def test_each_shower_of_a_condition_is_equally_often_the_reference(
    rng: np.random.Generator,
) -> None:
    both = pool(40, 80, paired=True)
    reference = ~permuted_labels(both, 300, rng)
    # A third each of 40 times 300: binomial error 0.4 %.
    for part in (slice(40), slice(40, 80), slice(80, 120)):
        assert reference[:, part].mean() == pytest.approx(1 / 3, abs=0.02)


def test_groups_are_alike_and_keep_conditions_together(rng: np.random.Generator) -> None:
    both = pool(40, 90, paired=True)
    groups = jackknife_groups(both, 8, rng)
    assert all(len(set(groups[both.condition == c])) == 1 for c in range(40))
    assert np.bincount(groups[~both.is_model]).tolist() == [5] * 8
    apart = pool(40, 90, paired=False)
    groups = jackknife_groups(apart, 10, rng)
    assert np.bincount(groups[~apart.is_model]).tolist() == [4] * 10
    assert np.bincount(groups[apart.is_model]).tolist() == [9] * 10


def test_large_samples_are_reduced_by_whole_conditions(rng: np.random.Generator) -> None:
    both = pool(100, 300, paired=True)
    rows = both.reduced(200, rng)
    assert len(rows) == 200
    assert set(np.bincount(both.condition[rows])) == {0, 4}
    apart = pool(100, 300, paired=False)
    part = apart[apart.reduced(200, rng)]
    assert (part.n_reference, part.n_model) == (50, 150)
    np.testing.assert_array_equal(both.reduced(400, rng), np.arange(400))


def test_p_values_of_permutations() -> None:
    permuted = np.arange(1.0, 20)
    assert permutation_p_value(100, permuted, "high") == pytest.approx(1 / 20)
    assert permutation_p_value(19, permuted, "high") == pytest.approx(2 / 20)
    assert permutation_p_value(0, permuted, "high") == 1
    assert permutation_p_value(0, permuted, "low") == pytest.approx(1 / 20)
    assert permutation_p_value(100, permuted, "both") == pytest.approx(2 / 20)
    assert permutation_p_value(10, permuted, "both") == 1
