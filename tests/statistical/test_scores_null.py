"""Statistical properties of scores, errors and nulls.

Every seed is fixed, so that a test passes always or never. The tolerances are four or more standard
deviations of what is measured: with other seeds, fewer than one test run in a thousand would fail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.univariate import Distributions, all_scores
from calobench.evaluation.univariate.uncertainty import scored
from calobench.stats.permutation import permutations
from calobench.stats.resampling import as_they_are, bootstrap

pytestmark = pytest.mark.statistical

SCORES = {function.name: function for function in all_scores()}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20_240)


def value(name: Any, samples: Any) -> Any:
    once = as_they_are(len(samples.reference), len(samples.model))
    return SCORES[name](samples, once).value[0]


@pytest.mark.parametrize(("n", "m"), [(300, 300), (200, 1000)])
def test_chi2_per_degree_of_freedom_is_one_under_the_null(
    rng: np.random.Generator, n: int, m: int
) -> None:
    # ndf is about 20: the mean of 200 has an error of sqrt(2 / 20 / 200) = 0.022.
    values = [
        value("chi2", Distributions.of(rng.standard_normal(n), rng.standard_normal(m)))
        for _ in range(200)
    ]
    assert np.mean(values) == pytest.approx(1, abs=0.12)


def test_separation_under_the_null_is_bins_over_4n(rng: np.random.Generator) -> None:
    # (k - 1) / (4 N) each way with k non-empty bins: 39 bins and 2 flow bins for 800 showers.
    values = [
        value("separation", Distributions.of(rng.random(800), rng.random(800))) for _ in range(200)
    ]
    assert np.mean(values) == pytest.approx(41 / (2 * 800), rel=0.1)


@pytest.mark.parametrize("n", [200, 1000])
def test_wasserstein_under_the_null(rng: np.random.Generator, n: int) -> None:
    # 0.0594 at N = 1000 for two Gaussian samples, that is 1.87 / sqrt(N); it scatters by half.
    values = [
        value("wasserstein", Distributions.of(rng.standard_normal(n), rng.standard_normal(n)))
        for _ in range(300)
    ]
    expected = 2 * np.sqrt(2 / n) * 0.6633
    assert np.mean(values) == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize("paired", [True, False])
def test_a_perfect_model_exceeds_the_null_in_one_run_of_twenty(
    rng: np.random.Generator, paired: bool
) -> None:
    """The null is that of the mode that is used: resampling the reference gave 8 to 16 % when paired.

    350 runs: 5 % has a standard deviation of 1.2 %, of which four are allowed.
    """
    runs, n, m = 350, 100, 250
    above = dict.fromkeys(SCORES, 0)
    for _ in range(runs):
        condition = rng.uniform(0, 3, n)
        other = np.resize(condition, m) if paired else rng.uniform(0, 3, m)
        samples = Distributions.of(
            condition + rng.standard_normal(n), other + rng.standard_normal(m)
        )
        drawn = bootstrap(n, m, paired=paired, replicas=2, rng=rng)
        permuted = permutations(n, m, paired=paired, replicas=79, rng=rng)
        for one in scored(tuple(SCORES.values()), samples, drawn, permuted):
            above[one.score.name] += one.score.value > one.score.null_95
    for name, count in above.items():
        assert count / runs < 0.05 + 4 * 0.0117, name
        # The largest distance has few values.
        assert count / runs > (0.0 if name == "ks" else 0.05 - 3 * 0.0117), name


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_intervals_cover_what_is_said_of_them(rng: np.random.Generator, shift: float) -> None:
    """Of sums of squares near the null the plain bootstrap covers 88 %.

    Expected scores from 600 runs. 68 % of 120 runs is known to 4.3 %.
    """
    n, m, runs = 150, 300, 120

    def samples() -> Distributions:
        return Distributions.of(rng.standard_normal(n), rng.standard_normal(m) + shift)

    functions = tuple(SCORES.values())
    expected = {name: np.mean([value(name, samples()) for _ in range(600)]) for name in SCORES}
    covered = dict.fromkeys(SCORES, 0)
    for _ in range(runs):
        drawn = bootstrap(n, m, paired=False, replicas=100, rng=rng)
        permuted = permutations(n, m, paired=False, replicas=100, rng=rng)
        for one in scored(functions, samples(), drawn, permuted):
            low, high = one.score.interval
            covered[one.score.name] += low <= expected[one.score.name] <= high
    for name, count in covered.items():
        assert 0.68 - 4 * 0.043 < count / runs < 0.68 + 4 * 0.043, name


@pytest.mark.parametrize("paired", [True, False])
def test_bootstrap_error_matches_repeated_experiments(
    rng: np.random.Generator, paired: bool
) -> None:
    """A mean shifted by a standard deviation: W1 is the difference of the means."""

    def experiment() -> Distributions:
        # Paired samples share half of their variance through their conditions.
        condition = rng.standard_normal(100)
        other = condition if paired else rng.standard_normal(100)
        reference = condition + rng.standard_normal(100)
        model = np.tile(other, 3) + rng.standard_normal(300) + np.sqrt(2)
        return Distributions.of(reference, model)

    spread = np.std([value("wasserstein", experiment()) for _ in range(400)], ddof=1)
    errors, covered = [], 0
    for _ in range(60):
        samples = experiment()
        from_both = bootstrap(100, 300, paired=paired, replicas=100, rng=rng)
        permuted = permutations(100, 300, paired=paired, replicas=2, rng=rng)
        functions = (SCORES["wasserstein"],)
        score = scored(functions, samples, from_both, permuted)[0].score
        errors.append(score.error)
        covered += score.interval[0] <= 1 <= score.interval[1]
    # The spread of 400 is known to 4 %, the mean error to 2 %; 68 % of 60 is 41 +- 3.6.
    assert np.mean(errors) == pytest.approx(spread, rel=0.2)
    assert 26 <= covered <= 56
