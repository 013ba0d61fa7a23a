"""Readout cells beside the mesh, places where photons enter, and unequal pairs. No Geant4 here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import ConditionsError, SpecError
from calobench.executors.shard_folder import ShardFolder
from calobench.io.readout_cells import has_readout_cells, read_readout_events
from calobench.simulate import Production, make_beam
from calobench.simulate.engine import Deposits
from calobench.simulate.photon import Photon
from calobench.simulate.shard_task import ShardTask

CLD = load_detector("CLD")


class FakeEngine:
    """Every photon leaves 1 MeV in layer 4 where it entered and 2 MeV in layer 9, 7.65 mm across."""

    description = "11.0.0 fake"

    def shoot(self, photons: tuple[Photon, ...], seed: int) -> Deposits:
        positions, energies = [], []
        for photon in photons:
            positions += [
                (4 * 5.05 + 2.4, photon.y, photon.z),
                (9 * 5.05 + 2.4, photon.y + 7.65, photon.z),
            ]
            energies += [1.0, 2.0]
        return Deposits(np.array(positions), np.array(energies))


def make(tmp_path: Path, n: int, *, readout: bool = True, **options: Any) -> Path:
    beam = make_beam(CLD, "2", "1.570796", "0", **options)
    folder = ShardFolder(tmp_path / "showers.h5", n)
    folder.path.mkdir(parents=True)
    task = ShardTask(CLD, beam, 3, folder, readout)
    for shard in range(folder.count):
        task._make(FakeEngine(), None, shard, lambda _seconds: None)
    folder.merge(CLD, {})
    return folder.out


def test_deposits_go_to_the_cells_in_which_they_are(tmp_path: Path) -> None:
    out = make(tmp_path, 120, spread_mm=5.1, mid_z_mm=51.0)
    events = read_readout_events(out)
    assert events.ptr.tolist() == [2 * n for n in range(121)]
    y, z = events.truth.entrances[:, 0].T
    assert np.abs(y).max() <= 2.55
    assert np.abs(z - 51).max() <= 2.55
    assert np.unique(y).size == 120
    assert events.layer.tolist() == [4, 9] * 120
    assert events.energy.tolist() == [1, 2] * 120
    assert set(events.i[::2]) == {0}
    assert events.i[1::2].tolist() == np.floor((y + 7.65) / 5.1 + 0.5).astype(int).tolist()
    assert set(events.j) == {10}
    with h5py.File(out) as file:
        # The mesh begins where the photon enters, so that it does not show the offset.
        assert np.all(file["showers"][:, 0, :, 4].sum(axis=1) == 1)
        assert np.all(file["showers"][:, 1, :, 9].sum(axis=1) == 2)


def test_without_the_option_there_are_neither_cells_nor_vertices(tmp_path: Path) -> None:
    out = make(tmp_path, 3, readout=False)
    assert not has_readout_cells(out)
    with h5py.File(out) as file:
        assert "vertex_yz" not in file


def test_two_photons_of_unequal_energy(tmp_path: Path) -> None:
    out = make(tmp_path, 20, two_photons_mm="20:30", second_energy_gev="1:1.5", spread_mm=5.1)
    events = read_readout_events(out)
    assert np.all(events.truth.energies[:, 0] == 2000)
    second = events.truth.energies[:, 1]
    assert np.all((second >= 1000) & (second <= 1500))
    assert np.unique(second).size == 20
    assert events.total == pytest.approx(np.full(20, 6.0))
    assert np.all((events.truth.separation >= 20) & (events.truth.separation <= 30 + 1e-5))


def test_the_second_photon_has_its_own_energy_at_higher_z() -> None:
    beam = make_beam(CLD, "5", two_photons_mm="10", second_energy_gev="2", spread_mm=0, mid_z_mm=50)
    low, high = beam.draw(1, 0, 0).photons(0.0)
    assert (low.energy, low.y, low.z) == (5000, 0, 45)
    assert (high.energy, high.y, high.z) == (2000, 0, 55)


def test_settings_without_the_new_options_are_as_they_were() -> None:
    """Productions begun before the options existed go on."""
    settings = Production(CLD, make_beam(CLD, two_photons_mm="0:30"), 5, 1).settings("data")
    assert "readout" not in settings
    assert set(settings["beam"]) == {"energy", "theta", "phi", "separation", "vertex_cell"}
    assert settings["beam"]["vertex_cell"] == 4.65
    with_cells = Production(CLD, make_beam(CLD), 5, 1, readout=True).settings("data")
    assert with_cells["readout"] == {"kind": "square", "size_mm": 5.1}


def test_one_photon_still_enters_at_the_origin() -> None:
    event = make_beam(CLD).draw(1, 0, 0)
    # Not the negative zero that a product with a negative number gives.
    assert [str(value) for value in (event.vertex_y, event.vertex_z)] == ["0.0", "0.0"]
    assert make_beam(CLD).at_origin


def test_a_detector_without_cells() -> None:
    siw = load_detector("Par04SiW")
    with pytest.raises(SpecError, match="Par04SiW has no readout cells"):
        Production(siw, make_beam(siw), 5, 1, readout=True)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"second_energy_gev": "2"}, "--second-energy needs two photons"),
        ({"second_energy_gev": "200", "two_photons_mm": "1"}, "--second-energy 200 is outside"),
        ({"spread_mm": -1}, "--spread"),
        ({"mid_z_mm": 501}, "--mid-point"),
    ],
)
def test_bad_options(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ConditionsError, match=named):
        make_beam(CLD, **options)


@pytest.mark.parametrize(
    ("arguments", "spread"), [(["--readout"], 5.1), ([], 0), (["--readout", "--spread", "2"], 2)]
)
def test_the_command_spreads_photons_over_a_cell(
    arguments: list[str], spread: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    productions: list[Production] = []
    monkeypatch.setattr(
        "calobench.simulate.produce", lambda production, *_, **__: productions.append(production)
    )
    with pytest.raises(SystemExit) as stop:
        main(["simulate", "--detector", "CLD", "--out", str(tmp_path / "out.h5"), *arguments])
    assert stop.value.code == 0
    assert productions[0].beam.vertex_cell == spread
    assert productions[0].readout == ("--readout" in arguments)
