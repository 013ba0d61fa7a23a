"""All scores of all observables together, from tables."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from toy_detector import toy_detector

from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.residuals import Residuals, residuals, standardised
from calobench.evaluation.multivariate import boosted_trees, evaluate, evaluate_multivariate
from calobench.evaluation.multivariate.features import BOUND, columns_of, feature_matrices
from calobench.observables import FeatureTable
from calobench.results.multivariate import MultivariateResults
from calobench.showers import Conditions

NAMES = [
    "fpd", "kpd", "correlation", "layer_correlation", "precision", "recall", "density",
    "coverage", "repeats", "outliers", "local", "serial", "auc",
]  # fmt: skip


@pytest.fixture(scope="module")
def detector() -> DetectorSpec:
    return toy_detector(n_z=6)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(19)


@pytest.fixture(autouse=True)
def few_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve trainings instead of sixty."""
    monkeypatch.setattr(boosted_trees, "TRAININGS", 3)
    test = functools.partial(boosted_trees.classifier_test, n_seeds=1, n_folds=3)
    monkeypatch.setattr(boosted_trees, "classifier_test", test)


def table(
    rng: np.random.Generator, n: Any, *, energy: Any = None, shift: float = 0.0
) -> FeatureTable:
    """Visible energy with a resolution, and layers that share a fluctuation."""
    energy = rng.uniform(1e3, 1e5, n) if energy is None else energy
    depth = 1 + 0.3 * np.log(energy / 1e4) + 0.2 * rng.standard_normal(n) + shift
    layers = np.exp(-((np.arange(6) - depth[:, None]) ** 2) / 4) + 0.05 * rng.random((n, 6))
    layers *= (0.1 * energy / layers.sum(axis=1) * (1 + 0.05 * rng.standard_normal(n)))[:, None]
    total = layers.sum(axis=1)
    return FeatureTable(
        Conditions(energy, rng.uniform(0.9, 2.2, n), np.zeros(n)),
        {
            "visible_energy": total,
            "response": total / energy,
            "depth": layers @ np.arange(6) / total,
            "constant": np.ones(n),
        },
        {"layer_energy": layers, "longitudinal_profile": layers / total[:, None]},
    )


def run(reference: Any, model: Any, detector: DetectorSpec, **options: Any) -> MultivariateResults:
    options = {
        "paired": False,
        "seed": np.random.SeedSequence(1),
        "replicas": 40,
        "permutations": 40,
        **options,
    }
    result = evaluate_multivariate(reference, model, detector, **options)
    assert result is not None
    return result


def test_a_good_and_a_bad_model(detector: DetectorSpec, rng: np.random.Generator) -> None:
    reference = table(rng, 150)
    paired = Conditions.repeated(reference.conditions, 300).energy
    steps: list[str] = []
    good = run(
        reference, table(rng, 300, energy=paired), detector, paired=True, progress=steps.append
    )
    assert steps == list(evaluate.steps())
    assert [score.name for score in good.scores] == NAMES
    assert good.features == (
        "incident_energy",
        "incident_theta",
        "visible_energy",
        "response",
        "depth",
    )
    assert good.equivalent is not None
    assert good.equivalent.n_observables == 4
    bad = run(reference, table(rng, 300, energy=paired, shift=0.5), detector, paired=True)
    p_good, p_bad = ({s.name: s.p_value for s in result.scores} for result in (good, bad))
    for name in ("fpd", "kpd", "precision", "coverage", "auc"):
        assert p_bad[name] < 0.05 < p_good[name], name
    assert bad.equivalent is not None
    assert bad.equivalent.showers < 60
    assert bad.classifier is not None
    assert bad.classifier.importance[0].name == "depth"


def test_the_same_seed_gives_the_same_results(
    detector: DetectorSpec, rng: np.random.Generator
) -> None:
    reference, model = table(rng, 80), table(rng, 90)
    assert run(reference, model, detector) == run(reference, model, detector)


def test_results_survive_json(detector: DetectorSpec, rng: np.random.Generator) -> None:
    result = run(table(rng, 80), table(rng, 90), detector)
    assert MultivariateResults.model_validate_json(result.model_dump_json()) == result


def test_too_little_to_say_anything(detector: DetectorSpec, rng: np.random.Generator) -> None:
    reference = table(rng, 100)
    seed = np.random.SeedSequence(1)
    assert (
        evaluate_multivariate(reference, table(rng, 39), detector, paired=False, seed=seed) is None
    )


def test_a_small_reference_has_no_equivalent(
    detector: DetectorSpec, rng: np.random.Generator
) -> None:
    result = run(table(rng, 45), table(rng, 60), detector)
    assert result.equivalent is None
    assert any("reference showers" in note for note in result.notes)


def test_large_samples_are_reduced_and_say_so(
    detector: DetectorSpec, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "MAX_SHOWERS", 200)
    result = run(table(rng, 150), table(rng, 250), detector)
    assert any("200 of 400" in note for note in result.notes)
    assert {s.n_model + s.n_reference for s in result.scores} == {200}


def test_a_model_of_one_shower(detector: DetectorSpec, rng: np.random.Generator) -> None:
    reference, model = table(rng, 100), table(rng, 100)
    one = FeatureTable(
        model.conditions,
        {name: np.repeat(column[:1], 100) for name, column in model.scalars.items()},
        {name: np.repeat(rows[:1], 100, axis=0) for name, rows in model.profiles.items()},
    )
    result = run(reference, one, detector)
    scores = {score.name: score for score in result.scores}
    assert scores["repeats"].value == 1
    assert scores["coverage"].value < 0.7
    assert result.classifier is None
    assert "auc" not in scores
    assert any("distinct" in note for note in result.notes)


def test_showers_without_energy_differ_from_those_with(
    detector: DetectorSpec, rng: np.random.Generator
) -> None:
    reference, model = table(rng, 100), table(rng, 100)
    for name in ("response", "depth", "visible_energy"):
        model.scalars[name][::4] = np.nan
    result = run(reference, model, detector)
    assert all(np.isfinite(score.value) for score in result.scores)
    assert {s.name: s.p_value for s in result.scores}["fpd"] < 0.05


def test_features_are_bounded_and_defined() -> None:
    columns = {
        "far": (np.array([0.0, 1, 2]), np.array([1e9, -np.inf])),
        "undefined": (np.array([0.0, 1, 2]), np.array([np.nan, 1])),
        "constant": (np.zeros(3), np.zeros(2)),
    }
    features = columns_of(columns)
    assert features.names == ("far", "undefined")
    np.testing.assert_array_equal(features.model, [[BOUND, -BOUND], [-BOUND, 1]])


def test_what_follows_the_energy_is_taken_out(rng: np.random.Generator) -> None:
    """A shift of half a resolution is half a unit, at every energy."""
    reference, model = table(rng, 400), table(rng, 400)
    model.scalars["visible_energy"] *= 1 + 0.5 * 0.05
    result = residuals(reference, model)
    # Two means of 400, and the error of the fit.
    assert result.model["visible_energy"].mean() == pytest.approx(0.5, abs=0.25)
    assert result.reference["visible_energy"].std() == pytest.approx(1, abs=0.1)


def test_few_showers_are_standardised_as_a_whole(rng: np.random.Generator) -> None:
    reference, model = table(rng, 40), table(rng, 30)
    result = residuals(reference, model)
    assert result.reference["response"].mean() == pytest.approx(0, abs=1e-12)
    assert result.reference["response"].std() == pytest.approx(1)
    reference_column, model_column = standardised(np.ones(4), np.array([1.0, 3]))
    assert np.ptp(reference_column) == 0
    assert np.ptp(model_column) > 0


def test_conditions_are_features(rng: np.random.Generator) -> None:
    conditions = table(rng, 60).conditions
    features = feature_matrices(conditions, conditions, Residuals({}, {}))
    assert features.names == ("incident_energy", "incident_theta")
    np.testing.assert_allclose(features.reference.std(axis=0), 1)
