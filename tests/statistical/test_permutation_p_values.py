"""False-alarm rate and power of the p-values.

Every seed is fixed, so that a test passes always or never. The tolerances are four binomial standard
deviations: with other seeds, fewer than one run of this file in two hundred would fail.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from calobench.evaluation.univariate import Distributions, Profiles, Samples, all_scores
from calobench.observables import Axis
from calobench.stats.permutation import p_value, permutations

pytestmark = pytest.mark.statistical

DEPTH = Axis("depth", "mm", np.arange(11.0))
# 0.1 and 0.5 are p-values that can occur.
PERMUTATIONS = 39
RESOLUTION = 0.01


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def showers(energy: Any, rng: np.random.Generator, scale: float = 1.0) -> Any:
    """Visible energy of 1 % resolution, and a profile that follows the energy."""
    visible = 0.1 * scale * energy * (1 + RESOLUTION * rng.standard_normal(len(energy)))
    maximum = 1 + np.log(energy / 500) + 0.5 * rng.standard_normal(len(energy))
    shape = np.exp(-((np.arange(10) + 0.5 - maximum[:, None]) ** 2) / 8)
    return visible, visible[:, None] * shape


def p_values(rng: np.random.Generator, *, k: Any, paired: Any, runs: Any) -> Any:
    """P-values of perfect models of k times 100 showers, by observable and score."""
    by_score = defaultdict(list)
    n, m = 100, k * 100
    for _ in range(runs):
        energy = rng.uniform(1e3, 1e5, n)
        model_energy = np.tile(energy, k) if paired else rng.uniform(1e3, 1e5, m)
        reference, model = showers(energy, rng), showers(model_energy, rng)
        replicas = permutations(n, m, paired=paired, replicas=PERMUTATIONS, rng=rng)
        (weights,) = replicas.blocks()
        samples: dict[str, Samples] = {
            "visible": Distributions.of(reference[0], model[0]),
            "profile": Profiles.of(reference[1], model[1], DEPTH),
        }
        for observable, both in samples.items():
            for function in all_scores():
                p = p_value(function(both.pooled(), weights).value)
                by_score[observable, function.name].append(p)
    return {key: np.array(values) for key, values in by_score.items()}


@pytest.mark.parametrize(("k", "paired"), [(1, True), (5, True), (1, False)])
def test_p_values_are_uniform_under_the_null(
    rng: np.random.Generator, k: int, paired: bool
) -> None:
    """A tenth of all perfect models has p <= 0.1, however much is owed to the condition."""
    runs = 250
    for (observable, name), p in p_values(rng, k=k, paired=paired, runs=runs).items():
        for level in (0.1, 0.5):
            fraction, allowed = np.mean(p <= level), 4 * np.sqrt(level * (1 - level) / runs)
            assert fraction <= level + allowed, (observable, name, level)
            # The largest distance has few values, so that many p-values are larger than need be.
            if name != "ks":
                assert fraction >= level - allowed, (observable, name, level)


@pytest.mark.parametrize(
    ("name", "scale", "at_least"), [("wasserstein", 1.01, 0.9), ("chi2", 1.02, 0.4)]
)
def test_a_scale_error_is_found_within_conditions(
    rng: np.random.Generator, name: str, scale: float, at_least: float
) -> None:
    """Energies from 1 to 100 GeV do not hide it: showers of the same condition are permuted.

    By simulation W1 finds 1 % in all runs, chi-square 2 % in 67 %.
    """
    score = {function.name: function for function in all_scores()}[name]
    runs, n, m = 60, 200, 1000
    detected = 0
    for _ in range(runs):
        energy = rng.uniform(1e3, 1e5, n)
        reference, model = showers(energy, rng), showers(np.tile(energy, 5), rng, scale)
        samples = Distributions.of(reference[0], model[0])
        (permuted_labels,) = permutations(
            n, m, paired=True, replicas=PERMUTATIONS, rng=rng
        ).blocks()
        detected += p_value(score(samples.pooled(), permuted_labels).value) <= 0.05
    # Binomial errors of 60: up to 6.5 %.
    assert detected / runs > at_least
