"""Equivalent number of Geant4 showers of a sample: known for Geant4 itself and for a known shift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from calobench.evaluation.multivariate.equivalent import Law, equivalent_statistics, measure_law

# sqrt(pi / 2) ln 2: mean of Kolmogorov's distribution.
C = 0.8687


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(17)


def observables(rng: np.random.Generator, n: Any, d: int = 12, shift: float = 0.0) -> Any:
    return {f"x{k}": column for k, column in enumerate((rng.standard_normal((n, d)) + shift).T)}


def test_the_law_is_that_of_kolmogorov(rng: np.random.Generator) -> None:
    law, points = measure_law(observables(rng, 800, d=20), rng)
    assert law.c == pytest.approx(C, rel=0.03)
    assert [point.n for point in points] == [400, 200, 100, 50]
    assert all(point.n + point.rest == 800 for point in points)
    for point in points:
        assert float(Law(law.c, point.rest).distance(point.n)) == pytest.approx(
            point.distance, rel=0.05
        )


@pytest.mark.parametrize("n", [1.0, 3.0, 30, 1e4])
def test_the_law_and_its_inverse(n: float) -> None:
    law = Law(C, 400)
    assert law.showers(float(law.distance(n))) == pytest.approx(n, rel=1e-6)


def test_distances_that_no_sample_has() -> None:
    law = Law(C, 400)
    assert law.showers(0.0) == np.inf
    assert law.showers(float(law.distance(1e12)) * 0.99) == np.inf
    assert 0 < law.showers(1.0) < 2


def test_geant4_is_worth_itself(rng: np.random.Generator) -> None:
    """100 distinct showers are worth 100, however often they are repeated."""
    reference = observables(rng, 1000, d=30)
    values = []
    for _ in range(4):
        model = {k: np.tile(v, 10) for k, v in observables(rng, 100, d=30).items()}
        values.append(
            equivalent_statistics(reference, model, paired=False, replicas=5, rng=rng).showers
        )
    # 30 independent observables: an n scatters by 15 %, the mean of four by 8 %.
    assert 1 / np.mean(1 / np.array(values)) == pytest.approx(100, rel=0.3)


def test_a_known_shift_has_its_closed_form(rng: np.random.Generator) -> None:
    """For a large shift d of every observable the distance is 2 Phi(d / 2) - 1."""
    reference = observables(rng, 2000)
    result = equivalent_statistics(
        reference, observables(rng, 2000, shift=0.5), paired=False, replicas=20, rng=rng
    )
    distance = 2 * norm.cdf(0.25) - 1
    assert result.distance == pytest.approx(distance, rel=0.1)
    assert result.showers == pytest.approx(Law(C, 2000).showers(distance), rel=0.2)
    assert result.high is not None
    assert result.low < result.showers < result.high


def test_a_perfect_model_is_worth_at_least_nearly_its_size(rng: np.random.Generator) -> None:
    reference = observables(rng, 400, d=30)
    result = equivalent_statistics(
        reference, observables(rng, 400, d=30), paired=False, replicas=50, rng=rng
    )
    assert result.high is None
    assert 150 < result.low <= 400
    assert result.showers <= 400


def test_the_reference_itself_is_at_the_end_of_the_scale(rng: np.random.Generator) -> None:
    reference = observables(rng, 200)
    result = equivalent_statistics(reference, reference, paired=True, replicas=20, rng=rng)
    assert (result.showers, result.high) == (200, None)
    assert result.distance == 0


def test_one_broken_observable_is_hidden_in_the_mean_and_named(rng: np.random.Generator) -> None:
    """A shift of two widths in one of 30: the mean is worth much, the observable a few showers."""
    reference, model = observables(rng, 400, d=30), observables(rng, 400, d=30)
    model["x7"] = model["x7"] + 2.0
    result = equivalent_statistics(reference, model, paired=False, replicas=20, rng=rng)
    distance = 2 * norm.cdf(1.0) - 1
    assert result.worst.name == "x7"
    assert result.worst.distance == pytest.approx(distance, rel=0.1)
    assert result.worst.showers == pytest.approx(Law(C, 400).showers(distance), rel=0.4)
    assert result.worst.showers < 3
    assert result.showers > 10 * result.worst.showers


def test_the_worst_of_geant4_is_worth_what_is_said(rng: np.random.Generator) -> None:
    """In 95 % of samples that agree it is worth at least ``geant4``."""
    below = 0
    for _ in range(40):
        reference, model = observables(rng, 200, d=10), observables(rng, 200, d=10)
        result = equivalent_statistics(reference, model, paired=False, replicas=2, rng=rng)
        below += result.worst.showers < result.worst.geant4
    # 5 % of 40 is 2 +- 1.4.
    assert below <= 7


def test_profiles_can_be_the_worst(rng: np.random.Generator) -> None:
    reference, model = observables(rng, 200), observables(rng, 200)
    cumulative = {"depth": np.cumsum(rng.dirichlet(np.ones(5), 200), axis=1)}
    moved = {"depth": cumulative["depth"] + 0.3}
    result = equivalent_statistics(
        reference, model, paired=False, replicas=2, rng=rng, profiles=(cumulative, moved)
    )
    assert result.worst.name == "depth"
    assert result.worst.distance == pytest.approx(0.3)
