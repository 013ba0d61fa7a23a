from __future__ import annotations

import numpy as np
import pytest
from quality_factory import OBSERVABLES, make_conditions, make_run, make_table
from toy_detector import toy_detector

from calobench.evaluation.conditional.covariates import Covariates
from calobench.evaluation.conditional.metrics import Meter, measure_quality
from calobench.evaluation.conditional.yardstick import LIMIT, Yardstick
from calobench.results.quality import QualityRecord
from calobench.showers import Conditions


@pytest.fixture(scope="module")
def reference():
    rng = np.random.default_rng(1)
    return make_table(make_conditions(1500, rng), rng)


@pytest.fixture(scope="module")
def meter(reference):
    return Meter(Yardstick.fit(reference, toy_detector(), OBSERVABLES))


def measured(meter, n=2000, seed=2, **defects):
    rng = np.random.default_rng(seed)
    table = make_table(make_conditions(n, rng), rng, **defects)
    record = meter.measure(meter.yardstick.measure(table))
    return {metric.name: metric for metric in record.metrics}


def test_shift_stretch_slope_and_correlation_come_out(meter):
    found = measured(meter, shift=0.5, stretch=1.3, theta_slope=0.4, correlation=0.2)
    expected = {
        "response.bias": 0.5,
        "response.width": np.log(1.3),
        "centre_of_gravity_z.slope_theta": 0.4,
        "layers_00_04~layers_05_09.correlation": np.arctanh(-0.2) - np.arctanh(-0.8),
    }
    for name, value in expected.items():
        metric = found[name]
        error = np.hypot(metric.error, metric.reference_error)
        assert metric.value - metric.reference == pytest.approx(value, abs=4 * error), name
        assert error < 0.1


def test_reference_is_at_zero_in_its_own_units(meter):
    found = measured(meter)
    for name in ("response.bias", "centre_of_gravity_r.bias", "response.width"):
        assert found[name].reference == pytest.approx(0, abs=0.03)


def test_columns_know_their_mean_and_width(meter):
    columns = {column.name: column for column in meter.yardstick.columns}
    energy = (
        meter.yardstick.reference.covariates
    )  # flat energies: <0.17 / sqrt(E/GeV)> = 0.17 * 0.18
    assert len(energy) == 1500
    assert columns["response"].mean == pytest.approx(0.03, rel=0.01)
    assert columns["response"].width == pytest.approx(0.03 * 0.17 * 2 * 9 / 99, rel=0.1)
    assert columns["centre_of_gravity_z"].width == pytest.approx(8, rel=0.1)


def test_rare_column_counts_showers_that_differ(meter):
    assert [column.name for column in meter.yardstick.rare] == ["sparks"]
    found = measured(meter, sparks=0.25)["sparks.rare"]
    assert found.reference_count == 0
    assert found.count == pytest.approx(500, abs=80)


def test_undefined_and_far_showers_are_limited_not_lost(meter):
    rng = np.random.default_rng(3)
    table = make_table(make_conditions(60, rng), rng)
    table.scalars["response"][:3] = [np.nan, 1e9, 0.0]
    sample = meter.yardstick.measure(table)
    k = [column.name for column in meter.yardstick.columns].index("response")
    np.testing.assert_array_equal(sample.residuals[:3, k], [-LIMIT, LIMIT, -LIMIT])
    np.testing.assert_array_equal(np.flatnonzero(sample.empty), [0, 2])
    found = {m.name: m for m in meter.measure(sample).metrics}
    assert found["sample.empty"].count == 2
    assert sum(found["response.shape"].counts) == 60


def test_rows_are_a_sample_of_the_sample(meter):
    sample = meter.yardstick.reference
    index = np.array([5, 5, 9])
    assert len(sample.rows(index)) == 3
    np.testing.assert_array_equal(sample.rows(index).residuals, sample.residuals[index])


def test_record_survives_its_file(reference):
    record = measure_quality(reference, reference, toy_detector(), OBSERVABLES)
    text = record.model_dump_json()
    assert QualityRecord.model_validate_json(text) == record


def test_few_showers_have_no_metrics():
    assert make_run(n=49)[0].quality is None
    assert make_run(n=60)[0].quality is not None


def test_beam_of_one_energy_has_no_slope_in_energy():
    conditions = Conditions(np.full(200, 5e4), np.full(200, 1.57), np.linspace(0, 6, 200))
    assert Covariates.of(conditions, 0).names == ("phi_cos", "phi_sin")
    assert Covariates.of(conditions, 12).names == ("phi_cos", "phi_sin", "stave")
    fixed = Conditions(np.full(200, 5e4), np.full(200, 1.57), np.zeros(200))
    assert Covariates.of(fixed, 0)(fixed).shape == (200, 0)
    rng = np.random.default_rng(4)
    table = make_table(fixed, rng)
    assert measure_quality(table, table, toy_detector(), OBSERVABLES) is not None
