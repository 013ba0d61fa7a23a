"""Point clouds of ShowerData: summed in the detector's mesh; z and the unit are inferred and reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from format_writers import write_showerdata
from toy_detector import toy_detector

from calobench.detectors.stack import Periods
from calobench.errors import ShowerFileError
from calobench.io import Reading, open_showers
from calobench.showers import Conditions, Showers

# Mesh 9 x 16 x 45 of 10 mm x 4 mm, sampling fraction 0.1; 45 sheets at 1 mm, 3 mm ...
TOY = toy_detector()
N = 4


def showers() -> Showers:
    energy = np.random.default_rng(1).exponential(size=(N, 9, 16, 45)).astype(np.float32)
    energy *= 2000 / energy.sum(axis=(1, 2, 3), keepdims=True)
    return Showers(energy, Conditions(np.full(N, 2e4), np.full(N, np.pi / 2), np.zeros(N)))


def write_points(path: Path, clouds: list[np.ndarray], **changes: Any) -> Path:
    """Points (P, 4) of each shower: x, y, z, energy."""
    n = len(clouds)
    content = {
        "energies": np.full((n, 1), 2e4),
        "directions": np.tile([0.0, 0, 1], (n, 1)),
        "shape": [n, 9, 4],
    }
    with h5py.File(path, "w") as file:
        points = file.create_dataset("showers", (n,), h5py.vlen_dtype(np.float32))
        for row, cloud in enumerate(clouds):
            points[row] = np.float32(cloud).reshape(-1)
        for name, values in (content | changes).items():
            file[name] = values
    return path


def test_points_are_summed_in_the_mesh(tmp_path: Path) -> None:
    write_showerdata(tmp_path / "a.h5", showers())
    with open_showers(tmp_path / "a.h5", Reading(TOY)) as file:
        read, remarks = file.read(), file.remarks()
        assert file.mesh == TOY.mesh_geometry
    np.testing.assert_allclose(read.energy, showers().energy, rtol=1e-6)
    np.testing.assert_array_equal(read.conditions.energy, np.full(N, 2e4))
    depth, unit, inside = remarks
    assert "z of the points is taken to be the depth in mm: not all are whole numbers" in depth
    assert "cells are taken to be in MeV and incident energies in MeV" in unit
    assert "0.00% of their energy lies outside of it" in inside


def test_layers_are_depths_of_active_sheets(tmp_path: Path) -> None:
    clouds = [np.array([[1.0, 2, 0, 1500], [15, 0, 44, 500], [0, 0, 3, 0]])]
    path = write_points(tmp_path / "a.h5", clouds)
    with open_showers(path, Reading(TOY)) as file:
        energy, remarks = file.read().energy, file.remarks()
    sheets = Periods.of(TOY).sheets_mm
    layers = np.flatnonzero(energy.sum(axis=(0, 1, 2)))
    assert layers.tolist() == [int(sheets[0] // 4), int(sheets[44] // 4)]
    assert "z of the points is taken to be the number of the layer" in remarks[0]


def test_the_unit_and_the_axes_may_be_declared(tmp_path: Path) -> None:
    clouds = [np.array([[1.0, 2, 8, 1.5], [15, 0, 12, 0.5]])]
    path = write_points(tmp_path / "a.h5", clouds, energies=[[20.0]])
    reading = Reading.declared(axes="x,y,z", unit="GeV").of(TOY)
    with open_showers(path, reading) as file:
        assert file.read().energy[0].sum() == pytest.approx(2000)
        assert file.conditions.energy == pytest.approx(2e4)
        assert np.flatnonzero(file.read().energy.sum(axis=(0, 1, 2))).tolist() == [2, 3]
        assert len(file.remarks()) == 1  # of the mesh
    with open_showers(path, Reading(TOY)) as file:
        assert "cells are taken to be in GeV and incident energies in GeV" in file.remarks()[1]


def test_the_frame_of_the_face(tmp_path: Path) -> None:
    """Along the line of an inclined particle all energy is in the first ring."""
    across, along = 0.2, -0.3
    inwards = np.sqrt(1 - across**2 - along**2)
    line = np.arange(0.5, 40, 1)[:, None] * np.array([across, along, inwards])
    cloud = np.column_stack([line, np.full(len(line), 50.0)])
    path = write_points(tmp_path / "a.h5", [cloud], directions=[[across, along, inwards]])
    with open_showers(path, Reading(TOY)) as file:
        read, remarks = file.read(), file.remarks()
    assert read.energy[0, 0].sum() == pytest.approx(2000)
    assert read.conditions.theta == pytest.approx(np.arccos(along))
    assert read.conditions.phi == pytest.approx(np.arctan2(across, inwards))
    assert any("x is taken along the azimuth and y along the beam" in one for one in remarks)


def test_energy_outside_of_the_mesh_is_said(tmp_path: Path) -> None:
    clouds = [np.array([[1.0, 2, 0, 1500], [150, 0, 1, 500]])]
    with open_showers(write_points(tmp_path / "a.h5", clouds), Reading(TOY)) as file:
        assert file.read().energy.sum() == pytest.approx(1500)
        assert "25.00% of their energy lies outside of it" in file.remarks()[-1]


ONE = [np.array([[1.0, 2, 0, 2000]])]


@pytest.mark.parametrize(
    ("clouds", "changes", "axes", "message"),
    [
        (ONE, {"shape": [1, 9, 3]}, None, "the last 4 or 5"),
        (ONE, {"shape": [1, 9, 5]}, None, "4 numbers, which are no points of 5"),
        (ONE, {"energies": [2e4]}, None, r"'energies' has the shape \(1,\) beside 1 showers"),
        (ONE, {"directions": [[0.0, 0, 2]]}, None, "must be vectors of length 1"),
        (ONE, {"directions": [[0.0, 0, -1]]}, None, "z above zero"),
        (ONE, {}, "r,phi,z", "have x,y,layer"),
        (ONE, {"energies": [[2e9]]}, None, "cannot be told"),
        ([np.array([[1.0, 2, 45, 2000]])], {}, None, "no layers of Toy, 0 to 44; give --axes x,y,z"),
        ([np.array([[1.0, 2, -1, 2000]])], {}, None, "no layers of Toy"),
        ([np.array([[1.0, 2, 0.5, 2000]])], {}, "x,y,layer", "no layers of Toy"),
        ([np.array([[1.0, 2, 0, 0]])], {}, None, "has no points in its first showers"),
        ([np.array([[1.0, 2, 0, 2000], [1, 2, 0, -5]])], {}, None, "negative energy"),
        ([np.array([[1.0, np.nan, 0, 2000]])], {}, None, "a position in shower 0 is NaN"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    tmp_path: Path, clouds: Any, changes: Any, axes: str | None, message: str
) -> None:
    path = write_points(tmp_path / "a.h5", clouds, **changes)
    with pytest.raises(ShowerFileError, match=message) as caught:
        open_showers(path, Reading.declared(axes=axes).of(TOY)).read()
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_detector_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ShowerFileError, match="give the detector, in whose mesh"):
        open_showers(write_points(tmp_path / "a.h5", ONE))


def test_showers_that_are_no_points(tmp_path: Path) -> None:
    path = write_points(tmp_path / "a.h5", ONE)
    with h5py.File(path, "a") as file:
        del file["showers"]
        file["showers"] = np.ones((1, 4))
    with pytest.raises(ShowerFileError, match=r"must be \(N,\) lists of variable length"):
        open_showers(path, Reading(TOY))
