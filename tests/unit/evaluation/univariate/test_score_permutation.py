"""Permutations exchange only exchangeable showers, and scores are those of the relabelled samples."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calobench.evaluation.univariate import (
    Distributions,
    Profiles,
    Samples,
    ScoreFunction,
    all_scores,
)
from calobench.observables import Axis
from calobench.stats.permutation import p_value, permutations
from calobench.stats.resampling import as_they_are

SIZES = [(20, 1), (20, 7), (20, 20), (20, 50), (1, 3)]
DEPTH = Axis("depth", "mm", np.arange(5) * 4.0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(8)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_sizes_are_kept_and_the_first_permutes_nothing(
    rng: np.random.Generator, n: Any, m: Any, paired: bool
) -> None:
    permuted = permutations(n, m, paired=paired, replicas=30, rng=rng)
    assert permuted.reference.shape == permuted.model.shape == (31, n + m)
    assert (permuted.reference + permuted.model == 1).all()
    assert (permuted.reference.sum(axis=1) == n).all()
    np.testing.assert_array_equal(permuted.reference[0], np.arange(n + m) < n)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_paired_permutations_stay_within_a_condition(
    rng: np.random.Generator, n: Any, m: Any
) -> None:
    permuted = permutations(n, m, paired=True, replicas=30, rng=rng)
    condition = np.concatenate([np.arange(n), np.arange(m) % n])
    for c in range(n):
        assert (permuted.reference[:, condition == c].sum(axis=1) == 1).all()
    # Nothing to permute where the model has no shower.
    alone = np.bincount(condition, minlength=n) == 1
    assert (permuted.reference[:, :n][:, alone] == 1).all()


@pytest.mark.parametrize("paired", [True, False])
def test_all_showers_of_a_condition_are_equally_likely(
    rng: np.random.Generator, paired: bool
) -> None:
    # Two or three showers a condition, of five in all; four standard deviations of 20000 are 1.4 %.
    fractions = permutations(2, 3, paired=paired, replicas=20_000, rng=rng).reference.mean(axis=0)
    expected = [1 / 3, 1 / 2, 1 / 3, 1 / 2, 1 / 3] if paired else [0.4] * 5
    np.testing.assert_allclose(fractions, expected, atol=0.014)


def samples_of(pool: np.ndarray, is_reference: np.ndarray) -> Samples:
    if pool.ndim == 1:
        return Distributions.of(pool[is_reference], pool[~is_reference])
    return Profiles.of(pool[is_reference], pool[~is_reference], DEPTH)


@pytest.mark.parametrize("function", all_scores(), ids=lambda function: function.name)
@pytest.mark.parametrize("kind", ["continuous", "with ties and undefined", "vector"])
@pytest.mark.parametrize(("n", "m"), [(30, 70), (30, 11)])
def test_scores_are_those_of_the_relabelled_samples(
    rng: np.random.Generator, function: ScoreFunction, kind: str, n: int, m: int
) -> None:
    """Bins and scale of each permutation are those of its own reference."""
    pool = {
        "continuous": rng.standard_normal(n + m),
        "with ties and undefined": np.where(rng.random(n + m) < 0.3, np.nan, rng.poisson(3, n + m)),
        "vector": rng.gamma(2.0, size=(n + m, 4)),
    }[kind]
    permuted = permutations(n, m, paired=True, replicas=10, rng=rng)
    samples = samples_of(pool, np.arange(n + m) < n)
    values = np.concatenate(
        [function(samples.pooled(), weights).value for weights in permuted.blocks()]
    )
    for value, labels in zip(values, permuted.reference, strict=True):
        relabelled = function(samples_of(pool, labels > 0), as_they_are(n, m))
        assert value == pytest.approx(relabelled.value[0], abs=1e-12)


def test_p_value_counts_the_observed_one() -> None:
    assert p_value(np.array([3.0, 1, 2, 0, 1])) == 1 / 5
    assert p_value(np.array([1.0, 1, 2, 0, 1])) == 4 / 5


def test_p_value_of_the_same_score_does_not_hang_on_rounding() -> None:
    assert p_value(np.array([0.3, 0.1 + 0.2, 0.3 - 1e-16])) == 1
    assert p_value(np.array([1e-17, 0.0, 0.0])) == 1
    assert p_value(np.array([3e5, 3e5 - 1e-8])) == 1


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("vector", [True, False])
def test_a_copy_of_the_reference_is_never_suspicious(
    rng: np.random.Generator, paired: bool, vector: bool
) -> None:
    values = rng.gamma(2.0, size=(50, 4) if vector else 50)
    pool = np.concatenate([values, values])
    samples = samples_of(pool, np.arange(100) < 50)
    weights = next(permutations(50, 50, paired=paired, replicas=50, rng=rng).blocks())
    for function in all_scores():
        assert p_value(function(samples.pooled(), weights).value) == 1, function.name


def test_names_of_scores() -> None:
    score = all_scores()[0]
    assert replace(score, name="energy_distance").name == "energy_distance"
    for name in ("Chi2", "2chi", "chi-2", "", "chi2\n"):
        with pytest.raises(ValueError, match="cannot be named"):
            replace(score, name=name)
