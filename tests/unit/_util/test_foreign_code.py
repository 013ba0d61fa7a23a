"""Observables of other packages: their failures carry their name, and they change nothing of ours."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from toy_detector import toy_detector
from toy_showers import toy_showers

from calobench._util.foreign import foreign_code
from calobench.errors import ModelError, PluginError
from calobench.observables import Observable, all_observables, compute_features

DETECTOR = toy_detector()


def observable(compute) -> Observable:
    return Observable("mine", "mine", "", "toy", "A number.", compute)


def _changes(projections):
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
def test_its_failure_names_it(compute, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        compute_features(toy_showers(DETECTOR, 3), DETECTOR, [observable(compute)])


def test_it_shares_no_sums_with_ours() -> None:
    showers = toy_showers(DETECTOR, 3)
    expected = compute_features(showers, DETECTOR, all_observables())
    found = compute_features(showers, DETECTOR, [observable(_changes), *all_observables()])
    for name, values in expected.profiles.items():
        np.testing.assert_array_equal(found.profiles[name], values)


def test_ours_and_named_errors_pass() -> None:
    with pytest.raises(ModelError), foreign_code("x", test_ours_and_named_errors_pass):
        raise ModelError("named already")
    with pytest.raises(ZeroDivisionError), foreign_code("x", compute_features):
        raise ZeroDivisionError
