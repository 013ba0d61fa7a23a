"""Two models against one reference, shower by shower of the same conditions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from toy_detector import toy_detector

from calobench.benchmarks.paired.compare import Differences, compare_paired
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError
from calobench.evaluation.multivariate.base import Distance, MultivariateFunction, Outcome
from calobench.evaluation.multivariate.judging import Name
from calobench.evaluation.multivariate.samples import Pool
from calobench.observables import Axis, FeatureTable, Observable
from calobench.showers import Conditions

DEPTH = Axis("depth", "mm", np.arange(5) * 4.0)
OBSERVABLES = (
    Observable("response", "E_vis / E_inc", "", "toy", "A number.", lambda p: p.total),
    Observable("depth", "⟨z⟩", "mm", "toy", "A number.", lambda p: p.total),
    Observable("layers", "E", "MeV", "toy", "A vector.", lambda p: p.layers, lambda _: DEPTH),
)


@pytest.fixture(scope="module")
def detector() -> DetectorSpec:
    return toy_detector(n_z=4)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(37)


def table(rng: np.random.Generator, energy: Any, shift: float = 0.0) -> FeatureTable:
    n = len(energy)
    return FeatureTable(
        Conditions(energy, np.full(n, 1.5), np.zeros(n)),
        {
            "response": 0.1 + 0.01 * (rng.standard_normal(n) + shift),
            "depth": np.log(energy) + 0.3 * rng.standard_normal(n),
        },
        {"layers": rng.gamma(4.0 + np.arange(4) * (1 + shift), size=(n, 4))},
    )


def compare(
    reference: Any, first: Any, second: Any, detector: DetectorSpec, **options: Any
) -> Differences:
    options = {
        "paired_with_reference": True,
        "seed": np.random.SeedSequence(1),
        "replicas": 60,
        **options,
    }
    return compare_paired(reference, first, second, detector, OBSERVABLES, **options)


def by_name(comparison: Any) -> Any:
    return {
        (one.observable, one.score): one for one in (*comparison.observables, *comparison.together)
    }


@pytest.fixture
def energy(rng: np.random.Generator) -> Any:
    return rng.uniform(1e3, 1e5, 100)


def test_the_better_model_is_found(
    detector: DetectorSpec, rng: np.random.Generator, energy: Any
) -> None:
    reference, many = table(rng, energy), np.tile(energy, 2)
    scores = by_name(compare(reference, table(rng, many), table(rng, many, shift=0.8), detector))
    response = scores["response", "wasserstein"]
    # Shifted by 0.8 widths; the first by chance alone.
    assert response.difference == pytest.approx(-0.75, abs=0.25)
    assert response.difference == pytest.approx(response.first - response.second)
    assert response.interval[0] < response.difference < response.interval[1] < 0
    assert response.p_value == pytest.approx(1 / 61)
    assert scores["depth", "wasserstein"].p_value > 0.05
    assert scores["layers", "chi2"].difference < 0
    for name in ("fpd", "kpd"):
        assert scores["", name].difference < 0
        assert scores["", name].p_value < 0.01
    assert scores["", "wasserstein"].label == "mean of W₁/σ over 2 observables"
    assert scores["", "ks"].difference < 0


def test_a_model_is_as_good_as_itself(
    detector: DetectorSpec, rng: np.random.Generator, energy: Any
) -> None:
    reference, model = table(rng, energy), table(rng, energy)
    for one in by_name(compare(reference, model, model, detector)).values():
        assert one.difference == one.error == 0
        assert one.p_value == 1


def test_exchanging_the_models_exchanges_the_sign(
    detector: DetectorSpec, rng: np.random.Generator, energy: Any
) -> None:
    reference, first, second = (table(rng, energy, shift) for shift in (0.0, 0.1, 0.4))
    there = by_name(compare(reference, first, second, detector))
    back = by_name(compare(reference, second, first, detector))
    for key, one in there.items():
        assert back[key].difference == pytest.approx(-one.difference, abs=1e-9), key
        assert back[key].error == pytest.approx(one.error, rel=1e-6, abs=1e-9), key


def test_q_values_are_of_each_score(
    detector: DetectorSpec, rng: np.random.Generator, energy: Any
) -> None:
    reference, first, second = (table(rng, energy, shift) for shift in (0.0, 0.1, 0.4))
    comparison = compare(reference, first, second, detector)
    for one in comparison.observables:
        assert one.q_value is not None
        assert one.p_value <= one.q_value <= 1
    assert all(one.q_value is None for one in comparison.together)


def test_samples_of_their_own_conditions(detector: DetectorSpec, rng: np.random.Generator) -> None:
    reference = table(rng, rng.uniform(1e3, 1e5, 80))
    energy = rng.uniform(1e3, 1e5, 120)
    comparison = compare(
        reference,
        table(rng, energy),
        table(rng, energy, shift=1.0),
        detector,
        paired_with_reference=False,
    )
    assert by_name(comparison)["response", "ks"].difference < -0.1


def test_any_score_that_declares_a_distance_is_compared(
    detector: DetectorSpec, rng: np.random.Generator, energy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison takes scores by their declarations, not by name."""

    def apart(pool: Pool, groups: Any) -> Distance:
        sums = pool.features.sum(axis=1)

        def of(rows: Any) -> float:
            return float(sums[rows & pool.is_model].mean() - sums[rows & ~pool.is_model].mean())

        everyone = np.ones(len(sums), bool)
        return Distance(
            of(everyone), np.array([of(groups != k) for k in range(groups.max() + 1)]), 0.5
        )

    name = Name("theirs", "Theirs", "A score.")
    scores = [
        MultivariateFunction("theirs", lambda _: Outcome(), names=(name,), distance=apart),
        MultivariateFunction("silent", lambda _: Outcome(), names=(Name("silent", "", ""),)),
    ]
    monkeypatch.setattr("calobench.benchmarks.paired.together.all_multivariate", lambda: scores)
    reference, first, second = (table(rng, energy, shift) for shift in (0.0, 0.0, 3.0))
    result = compare(reference, first, second, detector)
    distances = [one for one in result.together if one.score not in ("wasserstein", "ks")]
    assert [(one.score, one.label) for one in distances] == [("theirs", "Theirs")]
    assert distances[0].difference == pytest.approx(distances[0].first - distances[0].second)
    assert distances[0].p_value < 0.01


def test_few_showers_have_no_scores_together(
    detector: DetectorSpec, rng: np.random.Generator
) -> None:
    energy = rng.uniform(1e3, 1e5, 30)
    comparison = compare(table(rng, energy), table(rng, energy), table(rng, energy), detector)
    assert {one.score for one in comparison.together} == {"wasserstein", "ks"}


def test_models_of_other_conditions_are_refused(
    detector: DetectorSpec, rng: np.random.Generator, energy: Any
) -> None:
    reference = table(rng, energy)
    with pytest.raises(ConditionsError, match="same conditions"):
        compare(reference, reference, table(rng, energy[::-1].copy()), detector)
    with pytest.raises(ConditionsError, match="50 showers"):
        compare(reference, reference, table(rng, energy[:50]), detector)


@pytest.mark.parametrize("size", [1e-7, 1e-12])
def test_rounding_is_no_difference(
    detector: DetectorSpec, rng: np.random.Generator, energy: Any, size: float
) -> None:
    """One network through two backends: systematic, and far below any use."""
    reference, first = table(rng, energy), table(rng, energy, shift=0.1)
    second = FeatureTable(
        first.conditions,
        {name: values * (1 + size) for name, values in first.scalars.items()},
        {name: values * (1 + size) for name, values in first.profiles.items()},
    )
    comparison = compare(reference, first, second, detector)
    small = [
        one
        for one in (*comparison.observables, *comparison.together)
        if abs(one.difference) <= 1e-5
    ]
    assert len(small) > 5
    assert all(one.p_value > 0.5 for one in small)
    worse = compare(reference, first, table(rng, energy, shift=2.0), detector)
    assert min(one.p_value for one in worse.observables) < 0.05
