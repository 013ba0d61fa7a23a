"""The classifier test: known areas, and separate showers for training and test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from calobench.evaluation.multivariate.classifier import boosted_trees, classifier_test
from calobench.evaluation.multivariate.folds import distinct, fold_aucs, folds, training_rows
from calobench.evaluation.multivariate.samples import Pool, permuted_labels
from calobench.evaluation.multivariate.weights import auc_score, classifier_record

DISTANCE = 1.0


class Mean:
    """The difference of the means as direction: the best classifier of two round Gaussians."""

    def __init__(self, features: Any, is_model: Any, seed: int) -> None:
        self.direction = features[is_model].mean(axis=0) - features[~is_model].mean(axis=0)

    def decision_function(self, features: Any) -> Any:
        return features @ self.direction


class Memory:
    """Knows by heart what it was trained on, and guesses otherwise."""

    def __init__(self, features: Any, is_model: Any, seed: int) -> None:
        self.known = {row.tobytes(): label for row, label in zip(features, is_model, strict=True)}

    def decision_function(self, features: Any) -> Any:
        return np.array([float(self.known.get(row.tobytes(), 0.5)) for row in features])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(13)


def gaussians(
    rng: np.random.Generator, n: Any, m: Any, distance: Any, d: int = 3, *, paired: bool = False
) -> Pool:
    model = rng.standard_normal((m, d))
    model[:, 0] += distance
    return Pool.of(rng.standard_normal((n, d)), model, paired=paired)


def test_area_of_two_gaussians_a_distance_apart(rng: np.random.Generator) -> None:
    """Phi(d / sqrt 2); the error on 1500 against 2500 is 0.8 %."""
    pool = gaussians(rng, 1500, 2500, DISTANCE)
    result = classifier_test(pool, np.arange(4000), permuted_labels(pool, 4, rng), rng, fit=Mean)
    assert result is not None
    assert result.auc == pytest.approx(norm.cdf(DISTANCE / np.sqrt(2)), abs=0.02)
    assert result.p_value < 1e-3
    # The density ratio is exp(d x - d^2 / 2): its logarithm has mean +-d^2 / 2 and width d.
    is_model = pool.is_model
    assert result.log_weight[is_model].mean() == pytest.approx(0.5, abs=0.1)
    assert result.log_weight[~is_model].mean() == pytest.approx(-0.5, abs=0.1)
    # Averaged over the reference the ratio is 1.
    assert np.exp(result.log_weight[~is_model]).mean() == pytest.approx(1, abs=0.1)
    assert result.importance.argmax() == 0


def test_trees_see_what_only_a_combination_shows(rng: np.random.Generator) -> None:
    reference = rng.standard_normal((600, 2))
    common = rng.standard_normal(600)
    model = np.stack([common, 0.8 * common + 0.6 * rng.standard_normal(600)], axis=1)
    pool = Pool.of(reference, model, paired=False)
    result = classifier_test(
        pool,
        np.arange(1200),
        permuted_labels(pool, 2, rng),
        rng,
        fit=boosted_trees,
        n_seeds=1,
        n_folds=3,
    )
    assert result is not None
    assert result.auc > 0.65


def test_no_shower_is_judged_by_what_knows_it(rng: np.random.Generator) -> None:
    """Each shower twice, in both samples: a classifier that knew one would know the other."""
    reference = rng.standard_normal((100, 2))
    pool = Pool.of(np.tile(reference, (2, 1)), np.tile(reference + 9, (2, 1)), paired=False)
    duplicate_of = np.concatenate([np.tile(np.arange(100), 2), np.tile(np.arange(100, 200), 2)])
    result = classifier_test(pool, duplicate_of, permuted_labels(pool, 2, rng), rng, fit=Memory)
    assert result is not None
    assert result.auc == 0.5
    assert result.kept.sum() == 200


def test_duplicates_in_both_samples_do_not_mislead(rng: np.random.Generator) -> None:
    """A copy of a reference shower in the training would say that it is the model's."""
    reference = rng.standard_normal((100, 2))
    pool = Pool.of(reference, reference.copy(), paired=False)
    duplicate_of = np.tile(np.arange(100), 2)
    result = classifier_test(pool, duplicate_of, permuted_labels(pool, 2, rng), rng, fit=Memory)
    assert result is not None
    assert result.auc == 0.5


def test_paired_showers_are_in_one_fold(rng: np.random.Generator) -> None:
    pool = gaussians(rng, 50, 120, 0.0, paired=True)
    fold = folds(pool, 5, rng)
    assert all(len(set(fold[pool.condition == c])) == 1 for c in range(50))


def test_training_rows() -> None:
    fold, duplicate_of = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 2, 0, 3])
    # Shower 3 is a twin of shower 0.
    assert training_rows(fold, 0, duplicate_of).tolist() == [False, False, True, False, True]
    assert distinct(np.array([4, 4, 4, 7]), np.array([False, True, True, True])).tolist() == [
        True, True, False, True,
    ]  # fmt: skip


def test_areas_by_hand() -> None:
    ranks = np.array([1.0, 2, 3, 4, 1.5, 1.5])
    fold = np.array([0, 0, 0, 0, 1, 1])
    labels = np.array([[False, True, False, True, True, False], [True] * 6])
    # Of the four pairs of the first fold the model is higher in three; the second fold is a tie.
    np.testing.assert_allclose(fold_aucs(ranks, fold, labels), [[0.75, 0.5], [0.5, 0.5]])


def test_too_few_showers(rng: np.random.Generator) -> None:
    pool = gaussians(rng, 100, 19, 1.0)
    assert (
        classifier_test(pool, np.arange(119), permuted_labels(pool, 2, rng), rng, fit=Mean) is None
    )
    collapsed = Pool.of(rng.standard_normal((100, 2)), np.zeros((200, 2)), paired=False)
    duplicate_of = np.concatenate([np.arange(100), np.full(200, 100)])
    assert (
        classifier_test(collapsed, duplicate_of, permuted_labels(collapsed, 2, rng), rng, fit=Mean)
        is None
    )


def test_the_records(rng: np.random.Generator) -> None:
    pool = gaussians(rng, 200, 300, 3.0)
    result = classifier_test(pool, np.arange(500), permuted_labels(pool, 4, rng), rng, fit=Mean)
    assert result is not None
    score = auc_score(result, pool)
    assert score.value == pytest.approx(np.mean(result.fold_aucs))
    assert score.null_median == 0.5
    assert score.interval[0] < score.value <= score.interval[1] <= 1
    assert (score.n_reference, score.n_model, score.null_replicas) == (200, 300, 4)
    record = classifier_record(result, pool, ("a", "b", "c"))
    assert sum(record.reference) == 200
    assert sum(record.model) == 300
    assert len(record.model) == len(record.log10_edges) + 1
    assert record.importance[0].name == "a"
