"""Resampling in units and cells, as for large samples, agrees with resampling of showers.

Every seed is fixed, so that a test passes always or never. Tolerances are four standard deviations
of what is measured.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from calobench.evaluation.univariate import Distributions, Profiles, Samples, all_scores
from calobench.observables import Axis
from calobench.stats import line, units
from calobench.stats.permutation import p_value, permutations
from calobench.stats.resampling import bootstrap

pytestmark = pytest.mark.statistical

DEPTH = Axis("depth", "mm", np.arange(11.0))
PERMUTATIONS = 39
SCORES = {function.name: function for function in all_scores()}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(31)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty showers are a large sample: 200 are resampled in 40 units of 5."""
    monkeypatch.setattr(units, "MAX_UNITS", 40)
    monkeypatch.setattr(line, "MAX_POINTS", 60)


def showers(energy: Any, rng: np.random.Generator) -> Any:
    """Visible energy of 1 % resolution, and a profile that follows the energy."""
    visible = 0.1 * energy * (1 + 0.01 * rng.standard_normal(len(energy)))
    maximum = 1 + np.log(energy / 500) + 0.5 * rng.standard_normal(len(energy))
    shape = np.exp(-((np.arange(10) + 0.5 - maximum[:, None]) ** 2) / 8)
    return visible, visible[:, None] * shape


def perfect(
    rng: np.random.Generator, n: Any, m: Any, *, paired: Any
) -> tuple[np.ndarray, dict[str, Samples]]:
    energy = rng.uniform(1e3, 1e5, n)
    model_energy = np.resize(energy, m) if paired else rng.uniform(1e3, 1e5, m)
    reference, model = showers(energy, rng), showers(model_energy, rng)
    return energy, {
        "visible": Distributions.of(reference[0], model[0]).coarse(),
        "profile": Profiles.of(reference[1], model[1], DEPTH).coarse(),
    }


@pytest.mark.parametrize(
    ("n", "m", "paired"), [(200, 200, True), (200, 700, True), (200, 350, False)]
)
@pytest.mark.usefixtures("small")
def test_p_values_are_uniform_under_the_null(
    rng: np.random.Generator, n: int, m: int, paired: bool
) -> None:
    runs = 150
    p_values = defaultdict(list)
    for _ in range(runs):
        _, samples = perfect(rng, n, m, paired=paired)
        replicas = permutations(n, m, paired=paired, replicas=PERMUTATIONS, rng=rng)
        assert replicas.reference_draws.counts.shape[1] < (n + m) / 3
        (weights,) = replicas.blocks()
        for observable, both in samples.items():
            for function in all_scores():
                p = p_value(function(both.pooled(), weights).value)
                p_values[observable, function.name].append(p)
    for (observable, name), values in p_values.items():
        for level in (0.1, 0.5):
            fraction, allowed = (
                np.mean(np.array(values) <= level),
                4 * np.sqrt(level * (1 - level) / runs),
            )
            assert fraction <= level + allowed, (observable, name, level)
            # The largest distance has few values, so that many p-values are larger than need be.
            if name != "ks":
                assert fraction >= level - allowed, (observable, name, level)


@pytest.mark.parametrize("paired", [True, False])
def test_errors_and_nulls_are_those_of_showers(
    rng: np.random.Generator, paired: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    n, m, experiments = 300, 600, 24
    ratios = defaultdict(list)
    for _ in range(experiments):
        _, samples = perfect(rng, n, m, paired=paired)
        spreads = []
        for max_units in (5000, 75):
            monkeypatch.setattr(units, "MAX_UNITS", max_units)
            drawn = bootstrap(n, m, paired=paired, replicas=200, rng=rng)
            permuted = permutations(n, m, paired=paired, replicas=200, rng=rng)
            (of_both,), (of_null,) = drawn.blocks(), permuted.blocks()
            deviations = {}
            for observable, both in samples.items():
                for name, function in SCORES.items():
                    replicas = function(both, of_both).value
                    deviations[observable, name, "error"] = replicas.std()
                    replicas = function(both.pooled(), of_null).value
                    deviations[observable, name, "null"] = np.median(replicas)
            spreads.append(deviations)
        for key, by_shower in spreads[0].items():
            ratios[key].append(spreads[1][key] / by_shower)
    for key, of_key in ratios.items():
        # Half a percent or two is owed to the smaller number of things that are drawn.
        allowed = 0.03 + 4 * np.std(of_key) / np.sqrt(experiments)
        assert allowed < 0.25, key
        assert np.mean(of_key) == pytest.approx(1, abs=allowed), key


def heavy_tailed(rng: np.random.Generator, n: Any) -> Any:
    return rng.pareto(1.5, n)


def two_humps(rng: np.random.Generator, n: Any) -> Any:
    return np.where(rng.random(n) < 0.5, rng.normal(-5, 0.1, n), rng.normal(5, 1, n))


def with_outliers(rng: np.random.Generator, n: Any) -> Any:
    return np.where(rng.random(n) < 5e-4, rng.normal(1e3, 100, n), rng.standard_normal(n))


@pytest.mark.parametrize("shape", [heavy_tailed, two_humps, with_outliers])
def test_cells_lose_next_to_nothing(rng: np.random.Generator, shape: Any) -> None:
    n = 20_000
    samples = Distributions.of(shape(rng, n), 1.01 * shape(rng, n))
    (weights,) = bootstrap(n, n, paired=False, replicas=40, rng=rng).blocks()
    for name, allowed in (("wasserstein", 0.06), ("ks", 0.6)):
        exact = SCORES[name](samples, weights).value
        in_cells = SCORES[name](samples.coarse(), weights).value
        assert np.abs(in_cells - exact).max() < allowed * exact.std(), name
        assert in_cells.std() == pytest.approx(exact.std(), rel=0.05), name
    for name in ("chi2", "separation"):
        exact = SCORES[name](samples, weights).value
        np.testing.assert_array_equal(SCORES[name](samples.coarse(), weights).value, exact)
