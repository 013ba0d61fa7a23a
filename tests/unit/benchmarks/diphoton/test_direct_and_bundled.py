"""Geant4's own two-photon events, and the single showers that ship with calobench."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from toy_showers import toy_showers

from calobench._util.resources import data_specs_dir
from calobench.benchmarks.diphoton.direct import read_direct
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.singles import read_singles
from calobench.detectors import load_detector
from calobench.errors import ConditionsError, MeshMismatchError, ShowerFileError
from calobench.io.writers.readout import ReadoutWriter
from calobench.placement.place import place

CLD = load_detector("CLD")
CHAIN = make_chain(DiphotonRequest(CLD))
EQUAL = (20e3, 20e3)


def write_pairs(
    path: Path,
    separation: list[float],
    *,
    second: float | None = None,
    detector: str = "FCCeeCLD",
) -> Path:
    """Events with the cells of one photon each, which is enough for what is read here."""
    n = len(separation)
    showers = toy_showers(CLD, n)
    columns = {"vertex_yz": np.zeros((n, 2)), "separation": np.array(separation)}
    if second is not None:
        columns["second_energy"] = np.full(n, second)
    with ReadoutWriter(path, detector=detector, mesh=CLD.mesh_geometry) as writer:
        writer.append(showers, columns)
        writer.append_cells(place(showers, CHAIN.readout))
    return path


def test_events_are_sorted_into_bins_and_none_is_lost(tmp_path: Path) -> None:
    one = write_pairs(tmp_path / "1.h5", [0.0, 5.0, 5.2, 29.9, 30.0])
    two = write_pairs(tmp_path / "2.h5", [12.0])
    table = read_direct([one, two], CHAIN, EQUAL)
    assert table is not None
    # 30 mm is beyond the last bin.
    assert table.bin.tolist() == [0, 0, 1, 5, 2]
    assert table.seed.tolist() == [0, 0, 0, 0, 1]
    assert np.isfinite(table.values["count"]).all()
    assert read_direct([], CHAIN, EQUAL) is None


def test_events_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    far = write_pairs(tmp_path / "far.h5", [40.0, 50.0])
    with pytest.raises(ConditionsError, match=r"from 40 to 50 mm, none between 0 and 30 mm"):
        read_direct([far], CHAIN, EQUAL)
    unequal = write_pairs(tmp_path / "unequal.h5", [4.0], second=5e3)
    with pytest.raises(ConditionsError, match="photons of 20 and 5 GeV"):
        read_direct([unequal], CHAIN, EQUAL)
    assert read_direct([unequal], CHAIN, (20e3, 5e3)) is not None
    other = write_pairs(tmp_path / "odd.h5", [4.0], detector="ODD")
    with pytest.raises(MeshMismatchError, match="ODD"):
        read_direct([other], CHAIN, EQUAL)


@pytest.mark.parametrize("layer", [-1, CHAIN.readout.layers])
def test_cells_of_a_layer_that_there_is_not_are_refused(tmp_path: Path, layer: int) -> None:
    path = write_pairs(tmp_path / "layers.h5", [4.0, 9.0])
    with h5py.File(path, "r+") as file:
        file["cells_layer_y_z"][7, 0] = layer
    expected = f"cells in layer {layer}, those of FCCeeCLD are 0 to {CHAIN.readout.layers - 1};"
    with pytest.raises(ShowerFileError, match=expected):
        read_direct([path], CHAIN, EQUAL)


def test_separations_below_zero_are_refused(tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "negative.h5", [4.0, -9.0])
    with pytest.raises(ShowerFileError, match=r"'separation' holds -9 in row 1; .* not negative"):
        read_direct([path], CHAIN, EQUAL)


def test_single_photons_are_no_pairs(tmp_path: Path) -> None:
    showers = toy_showers(CLD, 2)
    path = tmp_path / "single.h5"
    with ReadoutWriter(path, detector="FCCeeCLD", mesh=CLD.mesh_geometry) as writer:
        writer.append(showers, {"vertex_yz": np.zeros((2, 2))})
        writer.append_cells(place(showers, CHAIN.readout))
    with pytest.raises(ShowerFileError, match="one photon an event"):
        read_direct([path], CHAIN, EQUAL)


BUNDLED = sorted((data_specs_dir() / "reference" / "singles").glob("*.h5"))


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_bundled_showers_are_of_one_energy_and_say_how_they_were_made(path: Path) -> None:
    name, energy = path.stem.rsplit("_", 1)
    detector = load_detector(name)
    singles = read_singles(path, detector)
    assert f"{singles.energy / 1000:g}GeV" == energy
    assert len(singles.showers) >= 100
    assert "11.4" in singles.description
    response = singles.showers.energy.sum(axis=(1, 2, 3)).mean() / singles.energy
    assert response == pytest.approx(detector.sampling_fraction, rel=0.05)
    assert path.stat().st_size < 6e6
    make_chain(DiphotonRequest(detector))
