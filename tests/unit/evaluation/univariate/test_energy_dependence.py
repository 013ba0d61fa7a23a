"""Linearity and resolution against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.univariate import energy_dependence
from calobench.observables import FeatureTable
from calobench.showers import Conditions
from calobench.stats.moments import moments


def table(energy: Any, response: Any) -> FeatureTable:
    n = len(energy)
    conditions = Conditions(np.asarray(energy, float), np.full(n, 1.5), np.zeros(n))
    return FeatureTable(conditions, {"response": np.asarray(response, float)}, {})


def test_bins_have_equal_numbers_of_reference_showers() -> None:
    rng = np.random.default_rng(7)
    reference = table(rng.uniform(1e3, 1e5, 120), rng.normal(0.1, 0.01, 120))
    bins = energy_dependence(reference, reference)
    assert len(bins.edges_mev) == 7
    assert [bin_.n for bin_ in bins.reference if bin_] == [20] * 6
    assert bins.reference == bins.model


def test_values_and_errors() -> None:
    response = np.array([0.09, 0.1, 0.11, 0.1, 0.1, 0.1])
    result = energy_dependence(
        table([2e3] * 6, response), table([3e3] * 6, 2 * response), edges_mev=(1e3, 5e3)
    )
    (reference,), (model,) = result.reference, result.model
    assert reference is not None
    assert model is not None
    std = response.std(ddof=1)
    assert reference.mean_energy_mev == 2e3
    assert reference.response == pytest.approx(0.1)
    assert reference.response_error == pytest.approx(std / np.sqrt(6))
    assert reference.resolution == pytest.approx(std / 0.1)
    assert model.resolution == pytest.approx(reference.resolution)
    assert model.resolution_error == pytest.approx(reference.resolution_error)


def test_last_edge_is_included_and_outside_is_not() -> None:
    result = energy_dependence(
        table([1e3] * 5 + [2e3] * 5, [0.1] * 10),
        table([0.5e3] * 5 + [2e3] * 5 + [3e3] * 5, [0.1] * 15),
        edges_mev=(1e3, 1.5e3, 2e3),
    )
    assert [bin_ and bin_.n for bin_ in result.reference] == [5, 5]
    assert [bin_ and bin_.n for bin_ in result.model] == [None, 5]


def test_fewer_than_five_showers_is_none() -> None:
    result = energy_dependence(table([1e3] * 5, [0.1] * 5), table([1e3] * 4, [0.1] * 4))
    assert result.reference[0] is not None
    assert result.model == (None,)


def test_one_energy_is_one_bin_and_no_response_is_finite() -> None:
    result = energy_dependence(table([5e4] * 20, [0.1] * 20), table([5e4] * 20, [0.0] * 20))
    assert len(result.edges_mev) == 2
    assert result.model[0] is not None
    assert (result.model[0].response, result.model[0].resolution) == (0, 0)


def test_error_of_the_standard_deviation() -> None:
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
def test_moments_of_few_values(values: Any, expected: tuple[int, int, int, int]) -> None:
    assert tuple(moments(np.array(values))) == expected


def test_two_values() -> None:
    result = moments(np.array([1.0, 3.0]))
    assert result.mean_error == pytest.approx(1)
    assert result.std == pytest.approx(np.sqrt(2))
    assert np.isfinite(result.std_error)


def test_the_core_of_a_gaussian_response() -> None:
    rng = np.random.default_rng(9)
    n = 20_000
    reference = table([5e4] * n, rng.normal(0.1, 0.002, n))
    # One shower in twenty of the model loses half its energy.
    response = rng.normal(0.1, 0.002, n)
    model = table([5e4] * n, np.where(np.arange(n) % 20 == 0, response / 2, response))
    result = energy_dependence(reference, model)
    (of_model,), (of_reference,) = result.model, result.reference
    assert of_reference.mean90 == pytest.approx(0.1, abs=4 * of_reference.mean90_error)
    # 0.7893 sigma for a Gaussian. Beside a tail of 5 % the core holds 0.9 / 0.95 of the Gaussian,
    # which is +- 1.938 sigma and has a spread of 0.866 sigma.
    assert abs(of_reference.resolution90 - 0.7893 * 0.02) < 4 * of_reference.resolution90_error
    assert of_reference.resolution == pytest.approx(0.02, rel=0.03)
    assert of_model.resolution > 0.1
    assert of_model.mean90 == pytest.approx(0.1, rel=0.005)
    assert of_model.resolution90 == pytest.approx(0.866 * 0.02, rel=0.03)
    assert 0 < of_reference.resolution90_error < 0.02 * of_reference.resolution90


def test_the_core_is_reproducible_and_optional_in_results() -> None:
    rng = np.random.default_rng(10)
    one = table(rng.uniform(1e3, 1e5, 60), rng.normal(0.1, 0.01, 60))
    first = energy_dependence(one, one, seed=(4, 2))
    assert energy_dependence(one, one, seed=(4, 2)) == first
    assert energy_dependence(one, one, seed=(5, 2)) != first
    # Results of an earlier version do not have them.
    old = first.model_dump_json(
        exclude={
            side: {"__all__": {"mean90", "mean90_error", "resolution90", "resolution90_error"}}
            for side in ("reference", "model")
        }
    )
    assert "mean90" not in old
    read = type(first).model_validate_json(old)
    assert read.reference[0].response == first.reference[0].response
    assert read.reference[0].mean90 is None
