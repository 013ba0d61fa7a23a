"""Dependence on the conditions and correlations of two samples of a known law."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from toy_detector import toy_detector
from toy_samples import make_sample

from calobench.evaluation.conditional.dependence import sample_wide
from calobench.observables import FeatureTable, Observable
from calobench.results.sample import SampleRecord

DETECTOR = toy_detector(n_z=6)
OBSERVABLES = tuple(
    Observable(name, name, "", "toy", "A number.", lambda p: p.total)
    for name in ("depth", "visible", "radius", "hits")
)


def compare(reference: Any, model: Any, observables: Any = OBSERVABLES) -> SampleRecord:
    comparison = sample_wide(reference, model, DETECTOR, observables, paired=False)
    assert comparison is not None
    return comparison


def values(bins: Any, name: Any, field: Any) -> Any:
    (one,) = [one for one in bins.observables if one.name == name]
    return np.array(getattr(one, field), dtype=float)


def test_shift_and_width_are_found_in_every_bin() -> None:
    rng = np.random.default_rng(1)
    comparison = compare(make_sample(rng, 4_000), make_sample(rng, 4_000, shift=0.3, width=1.25))
    assert [bins.name for bins in comparison.binned] == ["energy", "theta", "azimuth"]
    for bins in (comparison.inclusive, *comparison.binned):
        shift, error = (values(bins, "depth", f) for f in ("shift", "shift_error"))
        n = 1 / np.array(bins.n_reference) + 1.25**2 / np.array(bins.n_model)
        np.testing.assert_allclose(error, np.sqrt(n), rtol=0.1)
        # Beyond 4 in one of a thousand such tests.
        assert (np.abs(shift - 0.3) < 4 * error).all()
        width, error = (
            values(bins, "depth", f) for f in ("log_width_ratio", "log_width_ratio_error")
        )
        assert (np.abs(width - np.log(1.25)) < 4 * error).all()
        n = 1 / np.array(bins.n_reference) + 1 / np.array(bins.n_model)
        np.testing.assert_allclose(error, np.sqrt(n / 2), rtol=0.35)


def test_means_and_spreads_are_those_of_the_bin() -> None:
    rng = np.random.default_rng(2)
    reference, model = make_sample(rng, 600), make_sample(rng, 300)
    (energy, *_) = compare(reference, model).binned
    for k, (low, high) in enumerate(zip(energy.edges, energy.edges[1:], strict=False)):
        inside = (reference.conditions.energy >= low) & (reference.conditions.energy < high)
        if k == len(energy.edges) - 2:
            inside |= reference.conditions.energy >= high
        x = reference.scalars["hits"][inside]
        assert energy.n_reference[k] == len(x)
        assert values(energy, "hits", "reference_mean")[k] == pytest.approx(x.mean(), rel=1e-5)
        assert values(energy, "hits", "reference_spread")[k] == pytest.approx(
            x.std(ddof=1), rel=1e-5
        )
        error = x.std(ddof=1) / len(x) ** 0.5
        assert values(energy, "hits", "reference_mean_error")[k] == pytest.approx(error, rel=1e-2)
    assert sum(energy.n_model) == 300


def test_paired_conditions_do_not_hide_a_difference() -> None:
    rng = np.random.default_rng(4)
    reference = make_sample(rng, 400)
    model = make_sample(np.random.default_rng(5), 400, shift=0.4)
    # Over all showers the depth spreads by 15 mm, at fixed conditions by 5 mm.
    comparison = compare(reference, model)
    shift, error = (values(comparison.inclusive, "depth", f)[0] for f in ("shift", "shift_error"))
    raw = np.hypot(
        values(comparison.inclusive, "depth", "reference_mean_error")[0],
        values(comparison.inclusive, "depth", "model_mean_error")[0],
    )
    assert shift / error > 4
    assert 5 * error < raw / 2


def test_destroyed_correlation_is_found_though_every_marginal_is_kept() -> None:
    rng = np.random.default_rng(6)
    reference, model = make_sample(rng, 1_500), make_sample(rng, 1_500)
    # Radius is mixed among showers of like energy and angle, by its rank.
    order = np.argsort(model.conditions.energy)
    mixed = model.scalars["radius"].copy()
    for part in np.array_split(order, 150):
        mixed[part] = mixed[rng.permutation(part)]
    broken = FeatureTable(model.conditions, {**model.scalars, "radius": mixed}, model.profiles)
    matrices = {m.kind: m for m in compare(reference, broken).correlations}
    fixed = matrices["at_fixed_conditions"]
    rows, columns = np.triu_indices(len(fixed.names), 1)
    by_pair = {
        frozenset((fixed.names[i], fixed.names[j])): pull
        for i, j, pull in zip(rows, columns, fixed.pull, strict=True)
    }
    broken_pair = frozenset(("radius", "visible"))
    assert by_pair[broken_pair] < -8
    assert all(abs(p) < 4 for pair, p in by_pair.items() if "radius" not in pair)
    assert fixed.rms_difference > 3 * fixed.rms_expected


def test_layers_that_move_together() -> None:
    rng = np.random.default_rng(8)
    reference, model = make_sample(rng, 2_000), make_sample(rng, 2_000)
    profile = model.profiles["longitudinal_profile"].copy()
    profile[:, 0] = 0
    for column in range(1, 6):
        profile[:, column] = rng.permutation(profile[:, column])
    broken = FeatureTable(model.conditions, model.scalars, {"longitudinal_profile": profile})
    layers = compare(reference, broken).correlations[2]
    # Layer 0 is empty in the model: nothing to correlate.
    assert layers.names == ("1", "2", "3", "4", "5")
    assert np.abs(layers.model).max() < 0.1
    assert np.abs(layers.pull).max() > 8


def test_parts_of_profiles_are_binned_but_not_correlated() -> None:
    rng = np.random.default_rng(9)
    part = Observable("hits", "", "", "", "", lambda p: p.total, part_of="layers")
    comparison = compare(make_sample(rng, 100), make_sample(rng, 100), (*OBSERVABLES[:3], part))
    assert "hits" in [one.name for one in comparison.inclusive.observables]
    assert comparison.correlations[0].names == ("depth", "visible", "radius")


def test_undefined_and_constant_observables() -> None:
    rng = np.random.default_rng(10)
    reference, model = make_sample(rng, 200), make_sample(rng, 200)
    nothing, seven = np.full(200, np.nan), np.full(200, 7.0)
    some = np.where(np.arange(200) % 2, rng.normal(size=200), np.nan)
    for table in (reference, model):
        table.scalars.update(hits=nothing, radius=seven, visible=some)
    comparison = compare(reference, model)
    for bins in (comparison.inclusive, *comparison.binned):
        assert np.isnan(values(bins, "hits", "shift")).all()
        assert np.isnan(values(bins, "radius", "shift")).all()
        assert (values(bins, "radius", "reference_mean") == 7).all()
    assert comparison.correlations[0].names == ("depth", "visible")
    assert comparison.correlations[0].n_reference == 100
    SampleRecord.model_validate_json(comparison.model_dump_json())


def test_too_few_showers_is_none() -> None:
    rng = np.random.default_rng(11)
    many, few = make_sample(rng, 100), make_sample(rng, 49)
    assert sample_wide(many, few, DETECTOR, OBSERVABLES, paired=False) is None
    assert sample_wide(few, many, DETECTOR, OBSERVABLES, paired=False) is None


def test_the_same_tables_give_the_same_record() -> None:
    rng = np.random.default_rng(12)
    reference, model = make_sample(rng, 150), make_sample(rng, 150)
    assert compare(reference, model) == compare(reference, model)
    same = compare(reference, reference)
    assert set(values(same.inclusive, "depth", "shift")) == {0}
    assert set(same.correlations[0].pull) == {0}
