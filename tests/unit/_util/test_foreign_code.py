"""Observables of other packages: failures carry their name, and calobench's own are unchanged."""

from __future__ import annotations

import functools
import sys
from typing import Any

import numpy as np
import pytest
from toy_detector import toy_detector
from toy_showers import toy_showers

from calobench._util.foreign import foreign_code, is_foreign
from calobench.errors import ModelError, PluginError
from calobench.evaluation.univariate import Distributions, ScoreFunction, Values, Weights
from calobench.observables import Observable, all_observables, compute_features
from calobench.stats.weights import Draws

DETECTOR = toy_detector()


def observable(compute: Any) -> Observable:
    return Observable("mine", "mine", "", "toy", "A number.", compute)


def _changes(projections: Any) -> Any:
    projections.layers[:] = 0
    return projections.total


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda p: 1 / 0, r"the observable 'mine' of .*test_foreign_code failed: ZeroDiv"),
        (
            lambda p: sys.exit(0),
            r"the observable 'mine' of .*test_foreign_code failed: SystemExit: 0",
        ),
        (lambda p: p.showers.energy.fill(0), r"failed: ValueError: .*read-only"),
    ],
)
def test_its_failure_names_it(compute: Any, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        compute_features(toy_showers(DETECTOR, 3), DETECTOR, [observable(compute)])


def test_it_shares_no_sums_with_others() -> None:
    showers = toy_showers(DETECTOR, 3)
    expected = compute_features(showers, DETECTOR, all_observables())
    features = compute_features(showers, DETECTOR, [observable(_changes), *all_observables()])
    for name, values in expected.profiles.items():
        np.testing.assert_array_equal(features.profiles[name], values)


def test_own_and_named_errors_pass() -> None:
    with pytest.raises(ModelError), foreign_code("x", test_own_and_named_errors_pass):
        raise ModelError("named already")
    with pytest.raises(ZeroDivisionError), foreign_code("x", compute_features):
        raise ZeroDivisionError


def test_a_partial_function_is_of_the_package_of_what_it_calls() -> None:
    assert not is_foreign(functools.partial(functools.partial(compute_features)))
    own = [one for one in all_observables() if isinstance(one.compute, functools.partial)]
    assert own
    assert not any(is_foreign(one.compute) for one in own)
    failing = functools.partial(lambda a, p: a / 0, 1)
    with pytest.raises(PluginError, match=r"'mine' of .*test_foreign_code failed: ZeroDiv"):
        compute_features(toy_showers(DETECTOR, 3), DETECTOR, [observable(failing)])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros, "gives a ndarray, it must be a Values"),
        (
            lambda n: Values(np.zeros(n + 1)),
            r"gives an array of shape \(6,\) .*, it must be \(5,\)",
        ),
        (lambda n: Values(0.5), r"shape \(\) .* must be \(5,\), one number per replica"),
        (lambda n: Values(np.full(n, "0")), "one number per replica"),
        (lambda n: Values(np.full(n, np.nan)), "gives a value that is not finite"),
        (lambda n: Values(np.full(n, -0.1)), "gives a negative value"),
        (lambda n: 1 / 0, "failed: ZeroDivisionError"),
    ],
)
def test_a_score_that_breaks_its_contract_is_named_with_its_package(
    value: Any, message: str
) -> None:
    def of_distributions(samples: Any, weights: Any) -> Any:
        return value(len(weights.model_draws.counts))

    score = ScoreFunction("mine", of_distributions, of_distributions)
    rng = np.random.default_rng(1)
    samples = Distributions.of(rng.random(10), rng.random(10))
    weights = Weights(*(Draws(np.ones((5, 1), np.uint8), np.zeros(10, np.intp)) for _ in "ab"))
    with pytest.raises(PluginError, match=rf"the score 'mine' of .*test_foreign_code .*{message}"):
        score(samples, weights)
