from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from quality_factory import OBSERVABLES, make_conditions, make_run, make_table
from toy_detector import toy_detector

from calobench.evaluation.conditional.covariates import Covariates
from calobench.evaluation.conditional.limits import LIMIT, limited
from calobench.evaluation.conditional.metrics import Meter, measure_quality
from calobench.evaluation.conditional.outliers import OutlierRule
from calobench.evaluation.conditional.regions import Regions
from calobench.evaluation.conditional.yardstick import Yardstick
from calobench.observables import FeatureTable
from calobench.results.quality import QualityRecord
from calobench.showers import Conditions


@pytest.fixture(scope="module")
def reference() -> FeatureTable:
    rng = np.random.default_rng(1)
    return make_table(make_conditions(1500, rng), rng)


@pytest.fixture(scope="module")
def meter(reference: FeatureTable) -> Meter:
    return Meter(Yardstick.fit(reference, toy_detector(), OBSERVABLES))


def measured(meter: Meter, n: int = 2000, seed: int = 2, **defects: Any) -> Any:
    rng = np.random.default_rng(seed)
    table = make_table(make_conditions(n, rng), rng, **defects)
    record = meter.measure(meter.yardstick.measure(table))
    return {metric.name: metric for metric in record.metrics}


def test_shift_stretch_slope_and_correlation_come_out(meter: Meter) -> None:
    metrics = measured(meter, shift=0.5, stretch=1.3, theta_slope=0.4, correlation=0.2)
    expected = {
        "response.bias": 0.5,
        "response.width": np.log(1.3),
        "centre_of_gravity_z.slope_theta": 0.4,
        "layers_00_04~layers_05_09.correlation": np.arctanh(-0.2) - np.arctanh(-0.8),
    }
    for name, value in expected.items():
        metric = metrics[name]
        error = np.hypot(metric.error, metric.reference_error)
        assert metric.value - metric.reference == pytest.approx(value, abs=4 * error), name
        assert error < 0.1


def test_reference_is_at_zero_in_its_own_units(meter: Meter) -> None:
    metrics = measured(meter)
    for name in ("response.bias", "centre_of_gravity_r.bias", "response.width"):
        assert metrics[name].reference == pytest.approx(0, abs=0.03)


def test_columns_know_their_mean_and_width(meter: Meter) -> None:
    columns = {column.name: column for column in meter.yardstick.columns}
    energy = (
        meter.yardstick.reference.covariates
    )  # flat energies: <0.17 / sqrt(E/GeV)> = 0.17 * 0.18
    assert len(energy) == 1500
    assert columns["response"].mean == pytest.approx(0.03, rel=0.01)
    assert columns["response"].width == pytest.approx(0.03 * 0.17 * 2 * 9 / 99, rel=0.1)
    assert columns["centre_of_gravity_z"].width == pytest.approx(8, rel=0.1)


def test_rare_column_counts_showers_that_differ(meter: Meter) -> None:
    assert [column.name for column in meter.yardstick.rare] == ["sparks"]
    metric = measured(meter, sparks=0.25)["sparks.rare"]
    assert metric.reference_count == 0
    assert metric.count == pytest.approx(500, abs=80)


def test_undefined_and_far_showers_are_limited_not_lost(meter: Meter) -> None:
    rng = np.random.default_rng(3)
    table = make_table(make_conditions(60, rng), rng)
    table.scalars["response"][:3] = [np.nan, 1e9, 0.0]
    sample = meter.yardstick.measure(table)
    k = [column.name for column in meter.yardstick.columns].index("response")
    residuals = limited(sample.residuals)[:, k]
    assert abs(residuals[3:]).max() < LIMIT
    assert residuals[0] == residuals[2] == pytest.approx(-LIMIT, abs=1)
    assert residuals[1] == pytest.approx(LIMIT, abs=1)
    np.testing.assert_array_equal(np.flatnonzero(sample.empty), [0, 2])
    metrics = {m.name: m for m in meter.measure(sample).metrics}
    assert metrics["sample.empty"].count == 2
    assert metrics["sample.outliers"].count >= 3
    assert sum(metrics["response.shape"].counts) == 60


@pytest.mark.parametrize(("before", "after"), [(8.0, 9.0), (-8.0, -9.0), (20.0, 25.0)])
def test_a_shift_beyond_the_limit_is_measured_in_full(
    meter: Meter, before: float, after: float
) -> None:
    """Ends fixed on the reference made both 5: a scale off by 8 % and one off by 9 % were the same."""
    for shift in (before, after):
        assert measured(meter, shift=shift)["response.bias"].value == pytest.approx(shift, rel=0.05)


@pytest.mark.parametrize("stretch", [4.0, 8.0])
def test_a_width_beyond_the_limit_is_measured_in_full(meter: Meter, stretch: float) -> None:
    metric = measured(meter, stretch=stretch)["response.width"]
    assert metric.value == pytest.approx(np.log(stretch), abs=4 * metric.error)


def test_local_fault_is_in_its_region_and_a_global_one_in_none(meter: Meter) -> None:
    rng = np.random.default_rng(5)
    conditions = make_conditions(2000, rng)
    table = make_table(conditions, rng, shift=0.6)
    regions = meter.yardstick.regions
    assert len(regions.names) == 12
    corner = regions(conditions) == regions.names.index("e3t2")
    table.scalars["centre_of_gravity_z"][corner] -= 16
    metrics = {m.name: m for m in meter.measure(meter.yardstick.measure(table)).metrics}
    # Two widths in a twelfth of all showers, of which a twelfth is in the mean over all.
    local = metrics["centre_of_gravity_z@e3t2.local"]
    assert local.value == pytest.approx(-2 * (1 - corner.mean()), abs=4 * local.error)
    assert abs(metrics["centre_of_gravity_z.bias"].value) < 0.25
    everywhere = [metrics[f"response@{name}.local"] for name in regions.names]
    assert max(abs(m.value / m.error) for m in everywhere) < 4
    assert metrics["response.bias"].value == pytest.approx(0.6, abs=0.15)


def test_regions_have_names_for_people_and_equal_content() -> None:
    rng = np.random.default_rng(6)
    regions = Regions.of(make_conditions(1200, rng))
    assert regions.names[5] == "e1t2"
    assert regions.labels[0].startswith("E < 2")
    assert set(np.bincount(regions(make_conditions(1200, np.random.default_rng(6)))) // 10) <= {
        8, 9, 10, 11
    }  # fmt: skip
    beam = Conditions(np.full(400, 5e4), np.full(400, 1.57), np.zeros(400))
    assert Regions.of(beam).names == ("e0t0",)


def test_outliers_are_counted_where_no_single_number_is_far() -> None:
    """Two numbers that go together in Geant4, each within 4 widths, but not together."""
    rng = np.random.default_rng(7)
    common = rng.standard_normal((2000, 1))
    residuals = 0.95 * common + np.sqrt(1 - 0.95**2) * rng.standard_normal((2000, 3))
    rule = OutlierRule.fit(residuals)
    assert rule(residuals).sum() == 0
    np.testing.assert_array_equal(
        rule(np.array([[3.5, 3.5, 3.5], [3.5, -3.5, 3.5]])), [False, True]
    )
    assert rule(np.array([[np.nan, 0.0, 0.0]])).all()


def test_copies_of_the_reference_are_counted(reference: FeatureTable, meter: Meter) -> None:
    rng = np.random.default_rng(8)
    table = make_table(make_conditions(400, rng), rng)
    own = {m.name: m for m in meter.measure(meter.yardstick.measure(table)).metrics}
    for name, values in table.profiles.items():
        values[:50] = reference.profiles[name][:50] * 1.001
    metrics = {m.name: m for m in meter.measure(meter.yardstick.measure(table)).metrics}
    assert own["sample.copies"].count == 0
    assert (metrics["sample.copies"].count, metrics["sample.copies"].reference_count) == (50, 0)


def test_rows_are_a_sample_of_the_sample(meter: Meter) -> None:
    sample = meter.yardstick.reference
    index = np.array([5, 5, 9])
    assert len(sample.rows(index)) == 3
    np.testing.assert_array_equal(sample.rows(index).residuals, sample.residuals[index])


def test_record_survives_its_file(reference: FeatureTable) -> None:
    record = measure_quality(reference, reference, toy_detector(), OBSERVABLES)
    text = record.model_dump_json()
    assert QualityRecord.model_validate_json(text) == record


def test_few_showers_have_no_metrics() -> None:
    assert make_run(n=49)[0].quality is None
    assert make_run(n=60)[0].quality is not None


def test_beam_of_one_energy_has_no_slope_in_energy() -> None:
    conditions = Conditions(np.full(200, 5e4), np.full(200, 1.57), np.linspace(0, 6, 200))
    assert Covariates.of(conditions, 0).names == ("phi_cos", "phi_sin")
    assert Covariates.of(conditions, 12).names == ("phi_cos", "phi_sin", "stave")
    fixed = Conditions(np.full(200, 5e4), np.full(200, 1.57), np.zeros(200))
    assert Covariates.of(fixed, 0)(fixed).shape == (200, 0)
    rng = np.random.default_rng(4)
    table = make_table(fixed, rng)
    assert measure_quality(table, table, toy_detector(), OBSERVABLES) is not None


def test_repeated_showers_are_looked_for_among_some_of_many(reference: FeatureTable) -> None:
    rng = np.random.default_rng(7)
    many = make_table(make_conditions(4500, rng), rng)
    metrics = {
        one.name: one
        for one in measure_quality(reference, many, toy_detector(), OBSERVABLES).metrics
    }
    for name in ("sample.repeated", "sample.copies"):
        assert metrics[name].count == 0
        assert 1000 < metrics[name].n <= 2000
