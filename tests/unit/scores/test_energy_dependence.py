"""Linearity and resolution against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.observables import FeatureTable
from calobench.scores import energy_dependence
from calobench.scores.moments import moments
from calobench.showers import Conditions


def table(energy, response) -> FeatureTable:
    n = len(energy)
    conditions = Conditions(np.asarray(energy, float), np.full(n, 1.5), np.zeros(n))
    return FeatureTable(conditions, {"response": np.asarray(response, float)}, {})


def test_bins_have_equal_numbers_of_reference_showers():
    rng = np.random.default_rng(7)
    reference = table(rng.uniform(1e3, 1e5, 120), rng.normal(0.1, 0.01, 120))
    found = energy_dependence(reference, reference)
    assert len(found.edges_mev) == 7
    assert [bin_.n for bin_ in found.reference if bin_] == [20] * 6
    assert found.reference == found.model


def test_values_and_errors():
    response = np.array([0.09, 0.1, 0.11, 0.1, 0.1, 0.1])
    found = energy_dependence(
        table([2e3] * 6, response), table([3e3] * 6, 2 * response), edges_mev=(1e3, 5e3)
    )
    (reference,), (model,) = found.reference, found.model
    assert reference is not None
    assert model is not None
    std = response.std(ddof=1)
    assert reference.mean_energy_mev == 2e3
    assert reference.response == pytest.approx(0.1)
    assert reference.response_error == pytest.approx(std / np.sqrt(6))
    assert reference.resolution == pytest.approx(std / 0.1)
    assert model.resolution == pytest.approx(reference.resolution)
    assert model.resolution_error == pytest.approx(reference.resolution_error)


def test_last_edge_is_included_and_outside_is_not():
    found = energy_dependence(
        table([1e3] * 5 + [2e3] * 5, [0.1] * 10),
        table([0.5e3] * 5 + [2e3] * 5 + [3e3] * 5, [0.1] * 15),
        edges_mev=(1e3, 1.5e3, 2e3),
    )
    assert [bin_ and bin_.n for bin_ in found.reference] == [5, 5]
    assert [bin_ and bin_.n for bin_ in found.model] == [None, 5]


def test_fewer_than_five_showers_is_none():
    found = energy_dependence(table([1e3] * 5, [0.1] * 5), table([1e3] * 4, [0.1] * 4))
    assert found.reference[0] is not None
    assert found.model == (None,)


def test_one_energy_is_one_bin_and_no_response_is_finite():
    found = energy_dependence(table([5e4] * 20, [0.1] * 20), table([5e4] * 20, [0.0] * 20))
    assert len(found.edges_mev) == 2
    assert found.model[0] is not None
    assert (found.model[0].response, found.model[0].resolution) == (0, 0)


def test_error_of_the_standard_deviation():
    # For a Gaussian it is s / sqrt(2 (n - 1)); compare over repeated samples as well.
    rng = np.random.default_rng(8)
    samples = rng.standard_normal((400, 100))
    errors = [moments(sample).std_error for sample in samples]
    assert np.mean(errors) == pytest.approx(1 / np.sqrt(2 * 99), rel=0.05)
    assert np.mean(errors) == pytest.approx(samples.std(axis=1, ddof=1).std(), rel=0.15)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], (0, 0, 0, 0)), ([3.0], (3, 0, 0, 0)), ([2.0, 2.0, np.nan], (2, 0, 0, 0))],
)
def test_moments_of_few_values(values, expected):
    assert tuple(moments(np.array(values))) == expected


def test_two_values():
    found = moments(np.array([1.0, 3.0]))
    assert found.mean_error == pytest.approx(1)
    assert found.std == pytest.approx(np.sqrt(2))
    assert np.isfinite(found.std_error)
