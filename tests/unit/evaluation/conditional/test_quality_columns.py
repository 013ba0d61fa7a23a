from __future__ import annotations

from typing import Any

import numpy as np
from toy_detector import toy_detector

from calobench.evaluation.conditional.columns import columns_of, judged
from calobench.observables import Axis, FeatureTable, Observable, all_observables
from calobench.showers import Conditions

N = 5


def conditions() -> Conditions:
    return Conditions(np.full(N, 1e4), np.full(N, 1.5), np.zeros(N))


def number(name: Any, **declared: Any) -> Observable:
    return Observable(name, name, "", "f", "d", lambda _: np.empty(0), **declared)


def profile(name: Any, edges: Any, *, flow: bool = False, **declared: Any) -> Observable:
    axis = Axis(label="depth", unit="mm", edges=np.asarray(edges, float), flow=flow)
    return Observable(name, name, "", "f", "d", lambda _: np.empty(0), lambda _: axis, **declared)


def test_harmonics_of_a_wave_are_half_its_amplitude() -> None:
    phi = (np.arange(16) + 0.5) * np.pi / 8 - np.pi
    rows = np.tile((1 + 0.3 * np.cos(phi) + 0.1 * np.sin(2 * phi)) / 16, (N, 1))
    table = FeatureTable(conditions(), {}, {"azimuthal_profile": rows})
    azimuth = profile("azimuthal_profile", np.linspace(-np.pi, np.pi, 17), harmonics="azimuth")
    columns = {info.name: c for info, c in columns_of(table, toy_detector(), [azimuth]).items()}
    assert set(columns) == {"azimuth_cos1", "azimuth_sin1", "azimuth_cos2", "azimuth_sin2"}
    np.testing.assert_allclose(columns["azimuth_cos1"], 0.15, atol=1e-12)
    np.testing.assert_allclose(columns["azimuth_sin2"], 0.05, atol=1e-12)
    np.testing.assert_allclose(columns["azimuth_sin1"], 0, atol=1e-12)


def test_parts_of_a_profile_add_up_to_it() -> None:
    n = 45
    rng = np.random.default_rng(1)
    rows = rng.random((N, n))
    table = FeatureTable(conditions(), {}, {"new": rows})
    columns = columns_of(table, toy_detector(), [profile("new", np.arange(n + 1))])
    assert len(columns) <= 11
    np.testing.assert_allclose(sum(columns.values()), rows.sum(axis=1))
    assert [info.name for info in columns][:2] == ["new_00_04", "new_05_09"]
    assert {info.observable for info in columns} == {"new"}


def test_flow_bins_are_labelled_open() -> None:
    edges = [1, 2, 3]
    table = FeatureTable(conditions(), {}, {"new": np.ones((N, 4))})
    columns = columns_of(table, toy_detector(), [profile("new", edges, flow=True)])
    labels = [info.label.split("depth ")[1] for info in columns]
    assert labels == ["< 1 mm", "1–2 mm", "2–3 mm", "≥ 3 mm"]


def test_what_another_column_says_is_left_out() -> None:
    names = {o.name for o in all_observables() if o.axis is None}
    table = FeatureTable(conditions(), {name: np.ones(N) for name in names}, {})
    kept = {info.name for info in columns_of(table, toy_detector(), all_observables())}
    assert "response" in kept
    assert not {"visible_energy", "empty_cells", "centre_of_gravity_phi"} & kept


def names_of(observables: Any) -> Any:
    scalars = {one.name: np.ones(N) for one in observables if one.axis is None}
    profiles = {one.name: np.ones((N, 2)) for one in observables if one.axis is not None}
    table = FeatureTable(conditions(), scalars, profiles)
    return {info.name for info in columns_of(table, toy_detector(), observables)}


def test_what_another_observable_contains_is_not_judged_twice() -> None:
    whole = profile("layers", [0, 1, 2])
    part = number("first_layer", part_of="layers")
    assert names_of([whole, part]) == {"layers_00_00", "layers_01_01"}
    # Where the whole is not there, its part is all that is known.
    assert names_of([part]) == {"first_layer"}


def test_a_whole_that_is_judged_by_its_parts_is_not_judged_itself_nor_is_another_part() -> None:
    whole = profile("layers", [0, 1, 2], judged_by=("first", "last"))
    parts = [number(name, part_of="layers") for name in ("first", "last", "hottest")]
    assert names_of([whole, *parts]) == {"first", "last"}


def test_what_declares_not_to_be_in_the_gate_is_not() -> None:
    assert names_of([number("shown"), number("only_drawn", gate=False)]) == {"shown"}


def test_parts_of_one_whole_of_calobench_are_judged_once() -> None:
    kept = {one.name for one in judged(all_observables())}
    assert {"layers_00_04", "ring_0"} <= kept
    assert not {"longitudinal_profile", "layer_energy", "radial_profile", "ring_energy"} & kept
