"""Statistical properties of scores, errors and nulls.

Every seed is fixed, so that a test passes always or never. The tolerances are four or more standard
deviations of what is measured: with other seeds, fewer than one test run in a thousand would fail.
"""

from __future__ import annotations

import numpy as np
import pytest

from calobench.evaluation.univariate import Distributions, all_scores
from calobench.evaluation.univariate.uncertainty import scored
from calobench.stats.permutation import permutations
from calobench.stats.resampling import as_they_are, bootstrap, null

pytestmark = pytest.mark.statistical

SCORES = {function.name: function for function in all_scores()}


@pytest.fixture
def rng():
    return np.random.default_rng(20_240)


def value(name, samples):
    once = as_they_are(len(samples.reference), len(samples.model))
    return SCORES[name](samples, once).value[0]


@pytest.mark.parametrize(("n", "m"), [(300, 300), (200, 1000)])
def test_chi2_per_degree_of_freedom_is_one_under_the_null(rng, n, m):
    # ndf is about 20: the mean of 200 has an error of sqrt(2 / 20 / 200) = 0.022.
    values = [
        value("chi2", Distributions.of(rng.standard_normal(n), rng.standard_normal(m)))
        for _ in range(200)
    ]
    assert np.mean(values) == pytest.approx(1, abs=0.12)


def test_separation_under_the_null_is_bins_over_4n(rng):
    # (k - 1) / (4 N) each way with k non-empty bins: 39 bins and 2 flow bins for 800 showers.
    values = [
        value("separation", Distributions.of(rng.random(800), rng.random(800))) for _ in range(200)
    ]
    assert np.mean(values) == pytest.approx(41 / (2 * 800), rel=0.1)


@pytest.mark.parametrize("n", [200, 1000])
def test_wasserstein_under_the_null(rng, n):
    # 0.0594 at N = 1000 for two Gaussian samples, that is 1.87 / sqrt(N); it scatters by half.
    values = [
        value("wasserstein", Distributions.of(rng.standard_normal(n), rng.standard_normal(n)))
        for _ in range(300)
    ]
    expected = 2 * np.sqrt(2 / n) * 0.6633
    assert np.mean(values) == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize("name", ["chi2", "wasserstein"])
def test_the_null_is_where_two_samples_of_geant4_are(rng, name):
    values, medians = [], []
    for _ in range(100):
        samples = Distributions.of(rng.standard_normal(100), rng.standard_normal(100))
        values.append(value(name, samples))
        from_reference = null(samples.reference, 100, paired=False, replicas=39, rng=rng)
        weights = next(from_reference.blocks())
        medians.append(np.median(SCORES[name](samples.null(), weights).value))
    # The spread of one score is a third to a half of it, that of the mean of 100 below 5 %.
    assert np.mean(medians) == pytest.approx(np.median(values), rel=0.25)


def test_paired_null_is_not_too_wide_for_the_visible_energy(rng):
    # The two samples share their incident energies: an unstratified null would be far too wide.
    energy = rng.uniform(1e3, 1e5, 200)
    samples = Distributions.of(
        *(0.1 * energy * (1 + 0.02 * rng.standard_normal(200)) for _ in range(2))
    )
    medians = []
    for paired in (True, False):
        from_reference = null(energy, 200, paired=paired, replicas=100, rng=rng)
        weights = next(from_reference.blocks())
        medians.append(np.median(SCORES["wasserstein"](samples.null(), weights).value))
    observed = value("wasserstein", samples)
    assert observed < 1.5 * medians[0]
    assert medians[0] < 0.5 * medians[1]


@pytest.mark.parametrize("paired", [True, False])
def test_bootstrap_error_matches_repeated_experiments(rng, paired):
    """A mean shifted by a standard deviation: W1 is the difference of the means."""

    def experiment():
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
        from_reference = null(samples.reference, 300, paired=False, replicas=2, rng=rng)
        exchanged = permutations(100, 300, paired=paired, replicas=2, rng=rng)
        functions = (SCORES["wasserstein"],)
        (score,) = scored(functions, samples, from_both, from_reference, exchanged)
        errors.append(score.error)
        covered += score.interval[0] <= 1 <= score.interval[1]
    # The spread of 400 is known to 4 %, the mean error to 2 %; 68 % of 60 is 41 +- 3.6.
    assert np.mean(errors) == pytest.approx(spread, rel=0.2)
    assert 26 <= covered <= 56
