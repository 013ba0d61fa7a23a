"""Neighbour scores, and repeated showers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree

from calobench.errors import ConditionsError
from calobench.evaluation.multivariate import prdc
from calobench.evaluation.multivariate.duplicates import repeat_score
from calobench.evaluation.multivariate.prdc import Prdc, list_length, prdc_of_lists
from calobench.evaluation.multivariate.samples import Comparison, Pool, permuted_labels
from calobench.evaluation.multivariate.shapes import duplicates, shapes
from calobench.observables import FeatureTable
from calobench.showers import Conditions
from calobench.stats import neighbours
from calobench.stats.duplicates import repeated_fraction
from calobench.stats.neighbours import kth_distance, nearest_distance, neighbour_lists


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", 1000)


def test_neighbours_are_those_of_a_tree(rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((120, 3)), rng.standard_normal((90, 3))
    distance, index = cKDTree(x).query(x, k=6)
    np.testing.assert_allclose(np.sqrt(kth_distance(x, 5)), distance[:, 5])
    np.testing.assert_array_equal(neighbour_lists(x, 5), index[:, 1:])
    np.testing.assert_allclose(nearest_distance(x), distance[:, 1])
    np.testing.assert_allclose(nearest_distance(x, y), cKDTree(y).query(x)[0])


def test_equal_points_are_no_distance_apart(rng: np.random.Generator) -> None:
    x = 1e6 + rng.standard_normal((20, 4))
    x[7] = x[3]
    assert nearest_distance(x)[[3, 7]].tolist() == [0, 0]
    assert nearest_distance(x, x.copy()).max() == 0


def test_points_on_a_line() -> None:
    """Reference at 0 to 9, balls of radius 1; every fraction can be counted by hand."""
    reference = np.arange(10.0)[:, None]
    # 0.5 and 1.4 lie in two balls each; 9.9 in that of 9; 30, 31, 32 in none.
    model = np.array([0.5, 1.4, 9.9, 30, 31, 32])[:, None]
    scores = prdc(reference, model, k=1)
    assert scores.precision == pytest.approx(3 / 6)
    assert scores.density == pytest.approx((2 + 2 + 1) / 6)
    # The balls of 0, 1, 2 and 9 hold a shower of the model.
    assert scores.coverage == pytest.approx(4 / 10)
    # Model balls: 0.5 and 1.4 reach 0.9, 9.9 reaches 8.5, the others 1.
    recalled = [0, 1, 2, *range(2, 10)]
    assert scores.recall == pytest.approx(len(set(recalled)) / 10)


def test_apart_and_alike(rng: np.random.Generator) -> None:
    reference = rng.standard_normal((60, 3))
    assert prdc(reference, reference + 100) == Prdc(0, 0, 0, 0)
    same = prdc(reference, reference.copy())
    assert same.precision == same.recall == same.coverage == 1


def test_a_model_that_makes_one_shower(rng: np.random.Generator) -> None:
    """Precision is 1, and nearly no shower is covered."""
    reference = rng.standard_normal((200, 2))
    scores = prdc(reference, np.zeros((500, 2)))
    assert scores.precision == 1
    assert scores.coverage < 0.2
    assert scores.recall == 0


def test_lists_give_the_same_as_all_pairs(rng: np.random.Generator) -> None:
    pool = Pool.of(rng.standard_normal((80, 3)), rng.standard_normal((150, 3)), paired=False)
    lists = neighbour_lists(pool.features, list_length(80, 150))
    for row in permuted_labels(pool, 4, rng):
        exact = prdc(pool.features[~row], pool.features[row])
        assert prdc_of_lists(lists, row) == pytest.approx(exact)
    kept = np.arange(230) % 10 > 0
    exact = prdc(pool.features[~row & kept], pool.features[row & kept])
    assert prdc_of_lists(lists, row, kept) == pytest.approx(exact)


def test_too_few_showers() -> None:
    with pytest.raises(ConditionsError, match="at least 6"):
        prdc(np.zeros((5, 2)), np.zeros((50, 2)))


def test_repeated_showers_are_found(rng: np.random.Generator) -> None:
    reference, distinct = rng.random((200, 20)), rng.random((50, 20))
    model = np.tile(distinct, (3, 1)) * (1 + 1e-5 * rng.standard_normal((150, 1)))
    number = duplicates(reference, model)
    is_model = np.arange(350) >= 200
    assert repeated_fraction(number, is_model) == 1
    assert repeated_fraction(number, ~is_model) == 0
    model[:40] = rng.random((40, 20))
    number = duplicates(reference, model)
    assert repeated_fraction(number, is_model) == pytest.approx(110 / 150)


def test_a_copy_of_a_reference_shower_is_no_repeat_but_a_duplicate(
    rng: np.random.Generator,
) -> None:
    reference = rng.random((60, 20))
    number = duplicates(reference, reference[:30].copy())
    assert (number[60:] == number[:30]).all()
    assert repeated_fraction(number, np.arange(90) >= 60) == 0


def test_showers_without_energy_are_no_duplicates(rng: np.random.Generator) -> None:
    model = rng.random((30, 20))
    model[::2] = 0
    number = duplicates(rng.random((60, 20)), model)
    assert repeated_fraction(number, np.arange(90) >= 60) == 0


def test_the_score_of_repeats(rng: np.random.Generator) -> None:
    reference, model = rng.random((100, 20)), np.tile(rng.random((60, 20)), (2, 1))
    pool = Pool.of(reference, model, paired=False)
    samples = Comparison.of(pool, pool, 100, 5, rng)
    judged = repeat_score(samples, duplicates(reference, model))
    score = judged.score
    assert (judged.statistic[0], judged.statistic[1:].max() < 1) == (1, True)
    assert score.value == 1
    assert score.p_value == pytest.approx(1 / 101)
    assert score.null_median == 0
    # No repeat among 100 allows up to 2.95 % at 95 % confidence.
    assert score.null_interval == (0, pytest.approx(0.0295, abs=2e-4))
    none = repeat_score(samples, np.arange(220)).score
    assert (none.value, none.p_value) == (0, 1)
    assert none.interval[0] == 0


def test_shapes_do_not_know_the_energy(rng: np.random.Generator) -> None:
    fraction = rng.dirichlet(np.ones(8), 5)

    def table(scale: Any) -> FeatureTable:
        conditions = Conditions(np.full(5, 1e4), np.full(5, 1.5), np.zeros(5))
        return FeatureTable(
            conditions,
            {"visible_energy": scale * np.ones(5)},
            {"longitudinal_profile": fraction, "layer_energy": scale * fraction},
        )

    np.testing.assert_array_equal(shapes(table(1.0)), shapes(table(3.0)))
    only_numbers = FeatureTable(table(2.0).conditions, table(2.0).scalars, {})
    np.testing.assert_array_equal(shapes(only_numbers), np.full((5, 1), 2.0))
