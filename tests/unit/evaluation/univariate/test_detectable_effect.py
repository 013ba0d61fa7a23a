"""The smallest shift that a score finds, and nulls that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.univariate import Distributions, Profiles, all_scores
from calobench.evaluation.univariate.laws import with_known_nulls
from calobench.evaluation.univariate.power import minimum_detectable
from calobench.observables import Axis
from calobench.results.schema import Score
from calobench.stats.permutation import permutations

NAMES = [function.name for function in all_scores()]


def detectable(samples: Any, *, paired: bool = False, seed: int = 1, **options: Any) -> Any:
    n, m = len(samples.reference), len(samples.model)
    replicas = permutations(n, m, paired=paired, replicas=200, rng=np.random.default_rng(seed))
    result = minimum_detectable(all_scores(), samples, replicas, **options)
    return dict(zip(NAMES, result, strict=True))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_it_is_of_the_order_of_a_test_of_the_means(rng: np.random.Generator) -> None:
    n, m = 300, 900
    result = detectable(Distributions.of(rng.standard_normal(n), rng.standard_normal(m)))
    # A test of the means has 80 % power, one-sided at 5 %, at 2.49 standard errors.
    limit = 2.49 * np.sqrt(1 / n + 1 / m)
    assert limit * 0.8 < result["wasserstein"] < 1.7 * limit
    assert limit * 0.8 < result["ks"] < 2.2 * limit
    assert result["chi2"] > result["wasserstein"]


def test_it_falls_with_the_root_of_the_number(rng: np.random.Generator) -> None:
    few = detectable(Distributions.of(rng.standard_normal(200), rng.standard_normal(200)))
    many = detectable(Distributions.of(rng.standard_normal(3200), rng.standard_normal(3200)))
    assert many["wasserstein"] == pytest.approx(few["wasserstein"] / 4, rel=0.35)


def test_the_unit_is_the_spread_of_the_reference(rng: np.random.Generator) -> None:
    x, y = rng.standard_normal(200), rng.standard_normal(200)
    once = detectable(Distributions.of(x, y))
    scaled = detectable(Distributions.of(5 + 1e3 * x, 5 + 1e3 * y))
    assert scaled["wasserstein"] == pytest.approx(once["wasserstein"], rel=1e-6)


def test_more_power_needs_a_larger_shift(rng: np.random.Generator) -> None:
    samples = Distributions.of(rng.standard_normal(200), rng.standard_normal(200))
    assert detectable(samples, power=0.95)["ks"] > detectable(samples)["ks"]


def test_pairs_hide_what_they_share(rng: np.random.Generator) -> None:
    """The dependence on the condition is the same in both samples, and a small shift stands out."""
    condition = 10 * rng.standard_normal(200)
    samples = Distributions.of(
        condition + rng.standard_normal(200), condition + rng.standard_normal(200)
    )
    paired, not_paired = detectable(samples, paired=True), detectable(samples)
    assert paired["wasserstein"] < 0.4 * not_paired["wasserstein"]


def test_nothing_to_shift(rng: np.random.Generator) -> None:
    nothing = dict.fromkeys(NAMES)
    assert detectable(Distributions.of(np.ones(50), np.ones(60))) == nothing
    assert detectable(Distributions.of(np.full(50, np.nan), np.full(60, np.nan))) == nothing
    axis = Axis("depth", "mm", np.arange(5.0))
    assert detectable(Profiles.of(rng.random((50, 4)), rng.random((60, 4)), axis)) == nothing


def test_known_nulls_replace_those_of_resampling(rng: np.random.Generator) -> None:
    def score(name: Any, ndf: Any = None) -> Score:
        return Score(
            name=name, value=1.0, error=0.1, interval=(0.9, 1.1), null_median=9.0, null_95=9.0,
            p_value=0.5, n_model=200, n_reference=100, ndf=ndf,
        )  # fmt: skip

    by_name = {one.name: one for one in all_scores()}
    functions = [by_name[name] for name in ("ks", "chi2", "wasserstein")]
    scores = (score("ks"), score("chi2", 20), score("wasserstein"))
    samples = Distributions.of(rng.standard_normal(100), rng.standard_normal(200))
    ks, chi2, other = with_known_nulls(functions, scores, samples)
    assert ks.null_95 == pytest.approx(1.358 * np.sqrt(1 / 100 + 1 / 200), rel=0.03)
    # The 95 % point of chi-square with 20 degrees of freedom is 31.41.
    assert chi2.null_95 == pytest.approx(31.41 / 20, rel=1e-3)
    assert other == scores[2]
    counts = Distributions.of(rng.integers(5, size=100) * 1.0, rng.integers(5, size=200) * 1.0)
    assert with_known_nulls(functions, scores, counts) == scores
