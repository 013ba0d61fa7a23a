"""Results of all scores: complete, finite, reproducible."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from calobench.detectors.spec import DetectorSpec
from calobench.errors import CalobenchError, ConditionsError
from calobench.evaluation.univariate import evaluate
from calobench.observables import FeatureTable, Observable
from calobench.stats import resampling


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(6)


@pytest.fixture
def run(detector: DetectorSpec, observables: tuple[Observable, ...]) -> Any:
    return partial(
        evaluate,
        detector=detector,
        observables=observables,
        seed=np.random.SeedSequence(1),
        bootstrap_replicas=40,
        permuted=40,
        level=0.05,
    )


def by_name(results: Any) -> Any:
    return {
        (result.name, score.name): score
        for result in results.observables
        for score in result.scores
    }


def test_results_are_complete(
    run: Any, make_table: Callable[..., FeatureTable], rng: np.random.Generator
) -> None:
    names: list[str] = []
    results = run(make_table(rng, 80), make_table(rng, 120), paired=False, progress=names.append)
    assert names == [result.name for result in results.observables] == ["response", "layers"]
    number, vector = (result.data for result in results.observables)
    assert sum(number.reference) == 80
    assert sum(number.model) == 120
    assert len(number.reference) == len(number.edges) + 1
    assert len(vector.reference) == len(vector.edges) - 1 == 4
    assert vector.axis_unit == "mm"
    for score in by_name(results).values():
        assert (score.n_reference, score.n_model) == (80, 120)
        assert score.interval[0] <= score.value <= score.interval[1]
        assert (score.ndf is not None) == (score.name == "chi2")
        assert 0 < score.p_value <= 1
        assert score.null_median <= score.null_95


def test_profile_errors_are_those_of_the_mean(
    run: Any, make_table: Callable[..., FeatureTable], rng: np.random.Generator
) -> None:
    reference = make_table(rng, 50)
    vector = run(reference, make_table(rng, 60), paired=False).observables[1].data
    layers = reference.profiles["layers"]
    assert vector.reference == pytest.approx(layers.mean(axis=0))
    assert vector.reference_spread == pytest.approx(layers.std(axis=0, ddof=1))
    assert vector.reference_error == pytest.approx(layers.std(axis=0, ddof=1) / np.sqrt(50))


def test_the_same_seed_gives_the_same_results(
    run: Any, make_table: Callable[..., FeatureTable], rng: np.random.Generator
) -> None:
    reference, model = make_table(rng, 50), make_table(rng, 60)
    assert run(reference, model, paired=False) == run(reference, model, paired=False)


def alone_only(result: Any) -> Any:
    of_family = dict.fromkeys(("q_value", "family_p_value", "minimum_detectable"))
    scores = tuple(score.model_copy(update=of_family) for score in result.scores)
    return result.model_copy(update={"scores": scores})


def test_another_observable_changes_no_other(
    run: Any,
    make_table: Callable[..., FeatureTable],
    rng: np.random.Generator,
    observables: tuple[Observable, ...],
) -> None:
    reference, model = make_table(rng, 50), make_table(rng, 60)
    both = run(reference, model, paired=False).observables
    alone = run(reference, model, paired=False, observables=observables[1:]).observables
    # Only what is said of the family of all observables.
    assert [alone_only(one) for one in alone] == [alone_only(one) for one in both[1:]]
    assert alone[0].scores[0].q_value == alone[0].scores[0].p_value


def test_block_size_does_not_matter(
    run: Any,
    make_table: Callable[..., FeatureTable],
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reference, model = make_table(rng, 50), make_table(rng, 60)
    at_once = by_name(run(reference, model, paired=False))
    monkeypatch.setattr(resampling, "BLOCK", 300)
    for key, score in by_name(run(reference, model, paired=False)).items():
        assert score.error == pytest.approx(at_once[key].error, rel=1e-9), key


def test_a_wrong_model_is_found(
    run: Any, make_table: Callable[..., FeatureTable], rng: np.random.Generator
) -> None:
    reference = make_table(rng, 200)
    energy = reference.conditions.repeated(400).energy
    for key, score in by_name(
        run(reference, make_table(rng, 400, shift=0.6, energy=energy), paired=True)
    ).items():
        assert score.p_value == pytest.approx(1 / 41), key
        assert score.value > score.null_95, key


def test_undefined_showers_are_counted(
    run: Any, make_table: Callable[..., FeatureTable], rng: np.random.Generator
) -> None:
    reference, model = make_table(rng, 50), make_table(rng, 60)
    model.scalars["response"][:7] = np.nan
    number = run(reference, model, paired=False).observables[0].data
    assert (number.reference_undefined, number.model_undefined) == (0, 7)


def test_a_model_of_empty_showers_has_finite_scores(
    run: Any, make_table: Callable[..., FeatureTable], rng: np.random.Generator
) -> None:
    reference = make_table(rng, 50)
    model = FeatureTable(
        reference.conditions,
        {"response": np.full(50, np.nan)},
        {"layers": np.full((50, 4), np.nan)},
    )
    for key, score in by_name(run(reference, model, paired=True)).items():
        assert score.p_value == pytest.approx(1 / 41), key


@pytest.mark.parametrize("sizes", [(1, 1), (1, 5), (5, 1), (2, 3)])
@pytest.mark.parametrize("paired", [True, False])
def test_few_showers_are_no_accident(
    run: Any,
    make_table: Callable[..., FeatureTable],
    rng: np.random.Generator,
    sizes: tuple[int, int],
    paired: bool,
) -> None:
    n_reference, n_model = sizes
    reference = make_table(rng, n_reference)
    energy = reference.conditions.repeated(n_model).energy
    run(reference, make_table(rng, n_model, energy=energy), paired=paired)


def test_errors_say_what_to_do(
    run: Any, make_table: Callable[..., FeatureTable], rng: np.random.Generator
) -> None:
    reference, model = make_table(rng, 10), make_table(rng, 10)
    with pytest.raises(ConditionsError, match="compare them as not paired"):
        run(reference, model, paired=True)
    with pytest.raises(ConditionsError, match="at least one of each"):
        run(reference, make_table(rng, 0), paired=False)
    with pytest.raises(CalobenchError, match="are usual"):
        run(reference, model, paired=False, permuted=1)


def test_rounding_is_no_difference(
    run: Any, make_table: Callable[..., FeatureTable], rng: np.random.Generator
) -> None:
    """The same showers from another machine: systematic, and far below any use; nor as a family."""
    reference = make_table(rng, 200)
    model = FeatureTable(
        reference.conditions,
        {name: values * (1 + 1e-7) for name, values in reference.scalars.items()},
        {name: values * (1 + 1e-7) for name, values in reference.profiles.items()},
    )
    scores = by_name(run(reference, model, paired=True))
    tiny = [score for score in scores.values() if score.value <= 1e-5]
    assert len(tiny) >= 4
    assert all(score.p_value == 1 for score in tiny)
    assert all(score.family_p_value > 0.05 for score in tiny)
