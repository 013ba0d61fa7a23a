"""Two more distances between distributions, against their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp, kstwobign

from calobench.evaluation.univariate import Distributions, Profiles, all_scores
from calobench.evaluation.univariate.ks import ks_law
from calobench.observables import Axis
from calobench.stats.permutation import permutations
from calobench.stats.resampling import as_they_are

SCORES = {function.name: function for function in all_scores()}
DEPTH = Axis("depth", "mm", np.arange(5) * 4.0)


def score(name: Any, samples: Any) -> float:
    once = as_they_are(len(samples.reference), len(samples.model))
    return float(SCORES[name](samples, once).value[0])


@settings(max_examples=25, deadline=None)
@given(
    reference=st.lists(st.integers(-20, 20), min_size=1, max_size=30),
    model=st.lists(st.integers(-20, 20), min_size=1, max_size=30),
)
def test_ks_of_unequal_sizes_and_ties(reference: Any, model: Any) -> None:
    reference, model = np.array(reference, float), np.array(model, float)
    points = np.concatenate([reference, model])
    up_to = [np.mean(sample[:, None] <= points, axis=0) for sample in (reference, model)]
    expected = np.abs(up_to[0] - up_to[1]).max()
    assert score("ks", Distributions.of(reference, model)) == pytest.approx(expected, abs=1e-12)


def test_ks_of_each_permutation_is_that_of_its_samples() -> None:
    rng = np.random.default_rng(1)
    samples = Distributions.of(rng.standard_normal(40), rng.standard_normal(90))
    replicas = permutations(40, 90, paired=False, replicas=20, rng=rng)
    (weights,) = replicas.blocks()
    result = SCORES["ks"](samples.pooled(), weights).value
    pool = np.concatenate([samples.reference, samples.model])
    for value, chosen in zip(result, weights.reference > 0, strict=True):
        assert value == pytest.approx(ks_2samp(pool[chosen], pool[~chosen]).statistic, abs=1e-12)


def test_undefined_showers_count_as_different() -> None:
    values = np.random.default_rng(1).standard_normal(400)
    model = values.copy()
    model[::5] = np.nan
    assert score("ks", Distributions.of(values, model)) == pytest.approx(0.2, abs=0.01)
    assert score("jensen_shannon", Distributions.of(values, model)) > 0.05
    nothing = np.full(400, np.nan)
    assert score("ks", Distributions.of(values, nothing)) == 1
    assert score("ks", Distributions.of(nothing, nothing)) == 0


def test_disjoint_samples_have_nothing_in_common() -> None:
    values = np.random.default_rng(1).standard_normal(400)
    samples = Distributions(values, values + 100, np.linspace(-10, 200, 100))
    assert score("ks", samples) == 1
    # One bit: one shower says from which sample it is. That is ln 2 in natural units.
    assert score("jensen_shannon", samples) == pytest.approx(1)


def test_jensen_shannon_of_two_histograms() -> None:
    # Bins 0-1 and 1-2 with 3, 1 of the reference and 2, 4 of the model.
    samples = Distributions(
        np.array([0.5, 0.5, 0.5, 1.5]), np.array([0.5] * 2 + [1.5] * 4), np.array([0.0, 1, 2])
    )
    expected = jensenshannon([3, 1], [2, 4], base=2) ** 2
    assert score("jensen_shannon", samples) == pytest.approx(expected)


def test_profiles() -> None:
    # A quarter of the energy one layer deeper.
    reference = np.tile([0.5, 0.5, 0, 0], (10, 1))
    model = np.tile([0.25, 0.75, 0, 0], (10, 1))
    samples = Profiles.of(reference, 3 * model, DEPTH)
    assert score("ks", samples) == pytest.approx(0.25)
    expected = jensenshannon([0.5, 0.5], [0.25, 0.75], base=2) ** 2
    assert score("jensen_shannon", samples) == pytest.approx(expected)
    empty = Profiles.of(reference, np.full((10, 4), np.nan), DEPTH)
    assert score("ks", empty) == 1
    assert score("jensen_shannon", empty) == 1


def test_ks_law() -> None:
    # Kolmogorov's 95 % point is 1.358; Stephens' correction makes it a little smaller.
    root = np.sqrt(400 * 1000 / 1400)
    assert kstwobign.ppf(0.95) == pytest.approx(1.358, abs=1e-3)
    assert ks_law(400, 1000, 0.95) == pytest.approx(1.358 / root, rel=0.01)
    assert ks_law(400, 1000, 0.95) < 1.358 / root
    assert ks_law(1, 1, 0.95) <= 1
