"""Units of showers and cells of values, which large samples are resampled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.univariate import Distributions, Profiles, all_scores, evaluate
from calobench.observables import Axis, FeatureTable, Observable
from calobench.stats import line, units
from calobench.stats.line import Line
from calobench.stats.permutation import permutations
from calobench.stats.resampling import bootstrap
from calobench.stats.units import deal, unit_size
from calobench.stats.weights import Draws, Weights

DEPTH = Axis("depth", "mm", np.arange(5) * 4.0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(14)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty showers are a large sample, and so are a hundred values."""
    monkeypatch.setattr(units, "MAX_UNITS", 50)
    monkeypatch.setattr(line, "MAX_POINTS", 100)


def test_unit_sizes() -> None:
    assert [unit_size(n) for n in (1, 50, 51, 100, 101)] == [1, 1, 2, 2, 3]
    assert [unit_size(n, samples=2) for n in (1, 100, 101)] == [1, 1, 2]


@pytest.mark.parametrize(("n", "size"), [(20, 1), (21, 2), (100, 7), (5, 9), (0, 3)])
def test_showers_are_dealt_evenly(rng: np.random.Generator, n: int, size: int) -> None:
    sizes = np.bincount(deal(n, size, rng))
    assert sizes.sum() == n
    assert len(sizes) == -(-n // size)
    if n:
        assert sizes.max() <= size
        assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("n", "m"), [(200, 200), (200, 30), (30, 400), (210, 333), (1000, 2500)])
def test_replicas_have_few_units_and_nearly_the_size(
    rng: np.random.Generator, n: int, m: int, paired: bool
) -> None:
    both = bootstrap(n, m, paired=paired, replicas=200, rng=rng)
    assert both.reference.shape == (200, n)
    assert both.model.shape == (200, m)
    assert both.reference_draws.counts.shape[1] <= 100
    for total, size in ((both.reference_draws.total, n), (both.model_draws.total, m)):
        assert np.abs(total - size).max() <= 0.05 * size + 5
        assert total.mean() == pytest.approx(size, rel=0.01)
    # Every shower is drawn, each as often.
    for counts in (both.reference, both.model):
        assert counts.mean(axis=0) == pytest.approx(1, abs=6 / 200**0.5)


def test_paired_bootstrap_draws_conditions_in_units(rng: np.random.Generator) -> None:
    replicas = bootstrap(200, 500, paired=True, replicas=10, rng=rng)
    np.testing.assert_array_equal(replicas.model[:, :200], replicas.reference)
    np.testing.assert_array_equal(replicas.model[:, 400:], replicas.reference[:, :100])


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("n", "m"), [(200, 200), (203, 1017), (203, 161), (81, 3000)])
def test_permutations_keep_sizes_and_conditions(
    rng: np.random.Generator, n: int, m: int, paired: bool
) -> None:
    permuted = permutations(n, m, paired=paired, replicas=40, rng=rng)
    reference = permuted.reference
    assert permuted.reference_draws.counts.shape[1] < n + m
    assert (reference + permuted.model == 1).all()
    assert (reference.sum(axis=1) == n).all()
    np.testing.assert_array_equal(reference[0], np.arange(n + m) < n)
    assert (reference[1:] != reference[0]).any(axis=1).all()
    if paired:
        condition = np.concatenate([np.arange(n), np.arange(m) % n])
        per_condition = np.stack([reference[:, condition == c].sum(axis=1) for c in range(n)])
        assert (per_condition == 1).all()


def test_each_shower_of_a_condition_is_as_likely_in_units(rng: np.random.Generator) -> None:
    weights = permutations(203, 1017, paired=True, replicas=4000, rng=rng).reference[1:]
    # Two conditions have a sixth model shower; four and a half standard deviations are 2.8 %.
    condition = np.concatenate([np.arange(203), np.arange(1017) % 203])
    showers = np.bincount(condition)[condition]
    np.testing.assert_allclose(weights.mean(axis=0), 1 / showers, atol=0.028)


def by_shower(draws: Draws) -> Draws:
    """The same draws, shower by shower."""
    showers = draws.showers
    return Draws(showers, np.arange(showers.shape[1]))


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("function", all_scores(), ids=lambda function: function.name)
def test_units_are_but_a_shorter_way_to_write_weights(
    rng: np.random.Generator, function: Any, paired: bool
) -> None:
    n, m = 203, 450
    numbers = Distributions.of(rng.gamma(2.0, size=n), rng.poisson(3, m).astype(float))
    vectors = Profiles.of(rng.gamma(2.0, size=(n, 4)), rng.gamma(2.1, size=(m, 4)), DEPTH)
    both = bootstrap(n, m, paired=paired, replicas=7, rng=rng)
    permuted = permutations(n, m, paired=paired, replicas=7, rng=rng)
    for samples in (numbers, vectors):
        cases = ((samples, both), (samples.pooled(), permuted))
        for case, replicas in cases:
            for weights in replicas.blocks():
                plain = Weights(by_shower(weights.reference_draws), by_shower(weights.model_draws))
                np.testing.assert_allclose(
                    function(case, weights).value, function(case, plain).value, atol=1e-12
                )


def test_workers_change_nothing(
    make_table: Callable[..., FeatureTable],
    detector: DetectorSpec,
    observables: tuple[Observable, ...],
    rng: np.random.Generator,
) -> None:
    reference, model = make_table(rng, 200), make_table(rng, 300)
    one, three = (
        evaluate(
            reference, model, detector, observables * 3,
            paired=False, seed=np.random.SeedSequence(1),
            bootstrap_replicas=40, permuted=40, level=0.01, workers=workers,
        )
        for workers in (1, 3)
    )  # fmt: skip
    assert one == three
    assert [result.name for result in three.observables] == [
        observable.name for observable in observables * 3
    ]


# --- cells of values ---------------------------------------------------------------------------------


@pytest.fixture
def edges() -> Any:
    return np.linspace(-2, 2, 11)


def test_few_values_stay_as_they_are(rng: np.random.Generator, edges: Any) -> None:
    values = rng.integers(0, 100, 5000).astype(float)
    assert Line.of(values, values).coarse(edges) is not None
    assert len(Line.of(values, values).coarse(edges).points) == 100


def test_cells_keep_histograms_and_ends(rng: np.random.Generator, edges: Any) -> None:
    reference, model = rng.standard_normal(30_000), rng.standard_normal(20_000)
    model[:40] += 100
    full = Line.of(reference, model)
    coarse = full.coarse(edges)
    assert len(coarse.points) < 1600
    assert (np.diff(coarse.points) > 0).all()
    for sample, values in ((coarse.reference, reference), (coarse.model, model)):
        stands_at = np.repeat(coarse.points, np.diff(sample.starts))
        assert len(stands_at) == len(values)
        np.testing.assert_array_equal(
            np.histogram(stands_at, edges)[0], np.histogram(values, edges)[0]
        )
        assert stands_at.mean() == pytest.approx(values.mean(), abs=1e-4)
    # The last ones are all apart, and the outliers are not mixed with the rest.
    pool = np.sort(np.concatenate([reference, model]))
    np.testing.assert_array_equal(coarse.points[:18], pool[:18])
    np.testing.assert_array_equal(coarse.points[-18:], pool[-18:])
    assert not ((coarse.points > 6) & (coarse.points < 90)).any()


def test_undefined_values_are_in_no_cell(rng: np.random.Generator, edges: Any) -> None:
    reference, model = rng.standard_normal(300), rng.standard_normal(300)
    reference[::3] = np.nan
    coarse = Line.of(reference, model).coarse(edges)
    assert (coarse.reference.starts[-1], coarse.model.starts[-1]) == (200, 300)
    assert coarse.pool.starts[-1] == 500
