from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from calobench._util.resources import data_specs_dir
from calobench.detectors import detector_names, load_detector
from calobench.errors import SpecError, UnknownNameError
from calobench.io import LemursFile
from calobench.io.summary import summarise

# Whatever lies in data_specs/detectors: a YAML that is dropped in is tested with the rest.
NAMES = detector_names()
SAMPLES = sorted(path.stem for path in (data_specs_dir() / "reference").glob("*.h5"))
# In the order of the conditions of CaloDiT-2; the last slot is for any new detector.
ONE_HOT = {"Par04SiW": 0, "Par04SciPb": 1, "ODD": 2, "FCCeeCLD": 3, "FCCeeALLEGRO": 4}
DEPTH_MM = {"Par04SiW": 153, "Par04SciPb": 252, "ODD": 242.4, "FCCeeCLD": 202, "ILD": 179.25}


def minimal() -> dict[str, Any]:
    return {
        "name": "Slab",
        "description": "one sheet",
        "inner_radius_mm": 100,
        "periods": 2,
        "layers": [{"material": "G4_Si", "thickness_mm": 1, "active": True}],
        "mesh": {"dr_mm": 1, "dz_mm": 2},
        "energy_range_mev": [1, 2],
        "theta_range": [1, 2],
        "sampling_fraction": 0.5,
        "one_hot_slot": 4,
        "sources": {},
    }


def write(path: Path, content: dict[str, Any]) -> str:
    path.write_text(yaml.safe_dump(content))
    return str(path)


def test_names_are_in_one_hot_order() -> None:
    slots = [load_detector(name).one_hot_slot for name in NAMES]
    assert slots == sorted(slots)
    assert {name: load_detector(name).one_hot_slot for name in ONE_HOT} == ONE_HOT


def test_every_yaml_is_a_detector_of_its_own_name() -> None:
    stems = {path.stem for path in (data_specs_dir() / "detectors").glob("*.yaml")}
    assert set(NAMES) == stems
    calls = [call.casefold() for name in NAMES for call in (name, *load_detector(name).aliases)]
    assert len(calls) == len(set(calls))


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("CLD", "FCCeeCLD"),
        ("allegro", "FCCeeALLEGRO"),
        ("SiW", "Par04SiW"),
        ("scipb", "Par04SciPb"),
        ("ild_ecal", "ILD"),
    ],
)
def test_aliases_ignore_case(alias: str, name: str) -> None:
    assert load_detector(alias).name == name


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_source(name: str) -> None:
    spec = load_detector(name)
    fields = {"inner_radius_mm", "periods", "layers", "staves", "mesh", "sampling_fraction"}
    fields |= {"energy_range_mev", "theta_range", "one_hot_slot"}
    optional = ("materials", "deeper", "radiation_length_mm", "moliere_radius_mm")
    fields |= {name for name in optional if getattr(spec, name)}
    assert set(spec.sources) == fields


@pytest.mark.parametrize(
    ("name", "inverse_mm"),
    [("Par04SiW", (1 / 3.50, 1 / 93.7)), ("Par04SciPb", (1 / 5.61, 1 / 413))],
)
def test_radiation_length_is_that_of_the_layers(name: str, inverse_mm: tuple[float, float]) -> None:
    spec = load_detector(name)
    period = sum(layer.thickness_mm for layer in spec.layers)
    lengths = sum(t.thickness_mm * x for t, x in zip(spec.layers, inverse_mm, strict=True))
    assert spec.radiation_length_mm == pytest.approx(period / lengths, rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_mixtures_add_up_and_are_used(name: str) -> None:
    spec = load_detector(name)
    assert set(spec.materials) == {
        layer.material
        for section in spec.sections
        for layer in section.layers
        if not layer.material.startswith("G4_")
    }
    for material in spec.materials.values():
        assert sum(material.mass_fractions.values()) == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize(("name", "depth"), DEPTH_MM.items())
def test_depth_of_the_stack(name: str, depth: float) -> None:
    assert load_detector(name).depth_mm == pytest.approx(depth)


def test_ild_has_thirty_layers_of_two_kinds() -> None:
    spec = load_detector("ILD")
    front, back = spec.sections
    assert (front.periods, back.periods, spec.n_periods) == (20, 10, 30)
    tungsten = [
        sum(s.thickness_mm for s in section.layers if s.material == "TungstenDens24")
        for section in spec.sections
    ]
    assert tungsten == [2.1, 4.2]
    assert all(
        [s.thickness_mm for s in section.layers if s.active] == [0.525] for section in spec.sections
    )
    assert spec.inner_radius_mm == 1804.7
    assert spec.readout is not None
    assert spec.readout.cells.kind == "square"
    assert spec.readout.cells.size_mm == pytest.approx(5.09, abs=0.005)


def test_allegro_covers_its_radial_depth_along_the_plates() -> None:
    spec = load_detector("ALLEGRO")
    depth = spec.depth_mm
    assert spec.staves.inclination_deg == pytest.approx(90 - 50.18)
    assert depth / math.cos(math.radians(39.82)) == pytest.approx(400, abs=1)


def test_odd_and_cld_differ_only_in_size() -> None:
    odd, cld = load_detector("ODD"), load_detector("CLD")
    assert odd.layers == cld.layers
    assert odd.materials == cld.materials
    assert (odd.staves.count, cld.staves.count) == (16, 12)
    assert odd.geometry_hash != cld.geometry_hash


@pytest.mark.parametrize("name", SAMPLES)
def test_bundled_sample_belongs_to_its_detector(name: str) -> None:
    spec = load_detector(name)
    with LemursFile(data_specs_dir() / "reference" / f"{name}.h5") as sample:
        assert sample.detector == name
        assert sample.mesh == spec.mesh_geometry
        assert sample.description is not None
        assert "11.4.1" in sample.description
        summary = summarise(sample)
        cells = sample.read().energy.astype(np.float64)
        # Cells are rounded to 6 bits, by up to half a step, flat and independent; the total is not.
        rounding = 2.0**-7 / math.sqrt(3) * np.sqrt((cells**2).sum(axis=(1, 2, 3)))
        excess = cells.sum(axis=(1, 2, 3)) - sample.columns["total_deposit"]
        assert (excess <= 5 * rounding).all()
        assert excess.mean() < 0
    # The YAML's fraction comes from an independent sample whose error is 1.6 times smaller.
    error = 1.2 * summary.sampling_fraction_error
    assert abs(summary.sampling_fraction - spec.sampling_fraction) < 5 * error


def test_unknown_name_suggests_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'FCCeeALLEGRO'"):
        load_detector("FCCALLEGRO")


def test_own_yaml(tmp_path: Path) -> None:
    spec = load_detector(write(tmp_path / "slab.yaml", minimal()))
    assert spec.mesh_geometry.shape == (9, 16, 45)
    assert spec.staves.count == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "colour: unknown key"),
        ({"one_hot_slot": 5}, "one_hot_slot"),
        ({"sampling_fraction": 0}, "sampling_fraction"),
        ({"layers": []}, "layers"),
        ({"layers": [{"material": "G4_Si", "thickness_mm": 1}]}, "no layer is active"),
        ({"layers": [{"material": "jam", "thickness_mm": 1, "active": True}]}, "material 'jam'"),
        ({"energy_range_mev": [2, 1]}, "energy_range_mev: must be"),
        ({"energy_range_mev": [1, 1e10]}, r"energy_range_mev\.1: .*1000000000"),
        ({"theta_range": [0.87, 100]}, r"theta_range\.1: .*less than 3\.14"),
        ({"periods": 10**9}, "periods: .*10000"),
        ({"deeper": [{"periods": 1, "layers": []}]}, r"deeper\.0\.layers"),
        (
            {"deeper": [{"periods": 1, "layers": [{"material": "G4_W", "thickness_mm": 1}]}]},
            "no layer is active",
        ),
        ({"mesh": {"dr_mm": 1, "dz_mm": 1, "n_r": 9999, "n_z": 9999}}, "mesh: .*at most 1000000"),
        ({"staves": {"count": 2}}, "at least 3 staves"),
        ({"inner_radius": 1}, "inner_radius: unknown key: did you mean 'inner_radius_mm'"),
        ({"mesh": {"dr": 1, "dz_mm": 1}}, r"mesh\.dr: unknown key: did you mean 'dr_mm'"),
        ({"layers": {"material": "G4_Si"}}, "layers: must be a list"),
        ({5: 1}, "5: unknown key"),
        ({"staves": {"count": 3, "inclination_deg": 10}}, "not both"),
        ({"mesh": {"dr_mm": -1, "dz_mm": 1}}, "mesh.dr_mm"),
    ],
)
def test_bad_yaml_names_the_key(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "bad.yaml", minimal() | change)
    with pytest.raises(SpecError, match=message):
        load_detector(path)


NUMBERS = [
    "inner_radius_mm",
    "layers.0.thickness_mm",
    "materials.G10.density_g_cm3",
    "materials.G10.mass_fractions.O",
    "staves.inclination_deg",
    "mesh.dr_mm",
    "energy_range_mev.1",
    "theta_range.1",
    "readout.cells.size_mm",
    "readout.half_length_mm",
    "readout.threshold_mev",
    "readout.noise_mev",
    "readout.saturation_mev",
    "reconstruction.layer.dc_mm",
    "reconstruction.link.rhoc_mev",
    "reconstruction.layer.outlier_delta_factor",
    "reconstruction.min_energy_mev",
]


def cld_with(place: str, value: object) -> dict[str, Any]:
    """CLD's YAML with another value at a path of keys."""
    content = yaml.safe_load((data_specs_dir() / "detectors" / "FCCeeCLD.yaml").read_text())
    *parents, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    at: Any = content
    for part in parents:
        at = at[part]
    at[last] = value
    return dict(content)


@pytest.mark.parametrize("value", [math.inf, math.nan])
@pytest.mark.parametrize("place", NUMBERS)
def test_every_number_is_finite(tmp_path: Path, place: str, value: float) -> None:
    with pytest.raises(SpecError, match=f"{re.escape(place)}: .*finite"):
        load_detector(write(tmp_path / "bad.yaml", cld_with(place, value)))


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("readout.cells.size_mm", 1e-9, "size_mm: .*greater than or equal to 0.1"),
        ("inner_radius_mm", 1e300, "inner_radius_mm: .*1000000"),
        ("readout.noise_mev", 1e300, "noise_mev: .*1000000000"),
        ("readout.cells.kind", "sqare", "kind: no 'sqare': did you mean 'square'.*theta_module"),
        ("readout.cells.kind", 3, "kind: must be 'square' or 'theta_module'"),
        ("readout.cells", {"size_mm": 5}, "cells: needs 'kind', one of square, theta_module"),
        ("readout.cells", 5, "cells: needs 'kind', one of square, theta_module"),
        ("readout.cells.size", 5, r"readout\.cells\.size: unknown key: did you mean 'size_mm'"),
    ],
)
def test_bad_cells_name_the_key(tmp_path: Path, place: str, value: object, message: str) -> None:
    with pytest.raises(SpecError, match=message) as error:
        load_detector(write(tmp_path / "bad.yaml", cld_with(place, value)))
    assert "\n" not in str(error.value)


def test_hash_ignores_texts_but_not_geometry(tmp_path: Path) -> None:
    plain = load_detector(write(tmp_path / "a.yaml", minimal()))
    renamed = load_detector(write(tmp_path / "b.yaml", minimal() | {"description": "other"}))
    thicker = load_detector(write(tmp_path / "c.yaml", minimal() | {"periods": 3}))
    assert plain.geometry_hash == renamed.geometry_hash
    assert plain.geometry_hash != thicker.geometry_hash
