"""The folder of shards: resuming, refusing, merging. No Geant4 here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import OutputError
from calobench.executors.shard_folder import PROVENANCE, ShardFolder, as_text
from calobench.io.writers.lemurs import LemursWriter
from calobench.showers import Conditions, Showers

CLD = load_detector("CLD")
SETTINGS: dict[str, Any] = {"seed": 1, "beam": {"energy": [1.0, 2.0], "phi": [0.0, 0.0]}}


def write(folder: ShardFolder, shard: int, geant4: str = "11.4.1", showers: int = 0) -> None:
    n = showers or folder.size(shard)
    start = 100 * shard
    energy = np.zeros((n, 9, 16, 45), np.float32)
    energy[:, 0, 0, 0] = np.arange(start, start + n)
    angles = np.full(n, 1.5)
    conditions = Conditions(np.arange(start, start + n, dtype=np.float64) + 1000, angles, angles)
    with LemursWriter(
        folder.file(shard), mesh=CLD.mesh_geometry, attributes={"geant4": geant4}
    ) as writer:
        writer.append(Showers(energy, conditions), {"total_deposit": np.ones(n, np.float32)})


@pytest.fixture
def folder(tmp_path: Path) -> ShardFolder:
    folder = ShardFolder(tmp_path / "showers.h5", 250)
    folder.open(SETTINGS, force=False)
    return folder


def test_sizes(folder: ShardFolder) -> None:
    assert [folder.size(shard) for shard in range(folder.count)] == [100, 100, 50]
    assert ShardFolder(folder.out, 100).count == 1


def test_only_complete_shards_are_kept(folder: ShardFolder) -> None:
    write(folder, 0)
    write(folder, 1, showers=99)
    folder.file(2).write_bytes(folder.file(0).read_bytes()[:5000])
    assert folder.missing(CLD) == [1, 2]


def test_the_same_settings_go_on(folder: ShardFolder) -> None:
    write(folder, 0)
    folder.open(dict(SETTINGS), force=False)
    assert folder.missing(CLD) == [1, 2]


def test_other_settings_are_refused_by_name(folder: ShardFolder) -> None:
    other = {"seed": 2, "beam": {"energy": [1.0, 5.0], "phi": [0.0, 0.0]}}
    with pytest.raises(
        OutputError, match=r"energy was .* now \[1.0, 5.0\], seed was 1, now 2"
    ) as e:
        folder.open(other, force=False)
    assert "phi" not in str(e.value)
    assert "--force" in str(e.value)


def test_force_starts_again_only_where_settings_differ(folder: ShardFolder) -> None:
    write(folder, 0)
    folder.open(SETTINGS, force=True)
    assert folder.missing(CLD) == [1, 2]
    folder.open({**SETTINGS, "seed": 2}, force=True)
    assert folder.missing(CLD) == [0, 1, 2]


def test_a_damaged_note_is_another_production(folder: ShardFolder) -> None:
    (folder.path / "settings.json").write_text("{")
    with pytest.raises(OutputError, match="seed was None, now 1"):
        folder.open(SETTINGS, force=False)


def test_merging_keeps_order_and_removes_the_folder(folder: ShardFolder) -> None:
    for shard in (2, 0, 1):
        write(folder, shard)
    folder.merge(CLD, {"seed": 1})
    with h5py.File(folder.out) as file:
        assert list(file["incident_energy"][:]) == list(np.arange(250) + 1000)
        assert list(file["showers"][:, 0, 0, 0]) == list(range(250))
        assert file["total_deposit"].shape == (250,)
        assert dict(file.attrs) == {
            "detector": "FCCeeCLD",
            "geant4": "11.4.1",
            "mesh_dr_mm": 4.65,
            "mesh_dz_mm": 5.05,
            "seed": 1,
            "unit_energy": "MeV",
        }
    assert not folder.path.exists()


def test_shards_of_two_versions_are_not_mixed(folder: ShardFolder) -> None:
    for shard, geant4 in enumerate(("11.4.1", "11.4.1", "11.5.0")):
        write(folder, shard, geant4)
    with pytest.raises(OutputError, match=r"geant4 11\.4\.1 and geant4 11\.5\.0"):
        folder.merge(CLD, {})
    assert not folder.out.exists()
    assert folder.missing(CLD) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        ShardFolder(tmp_path / "file" / "showers.h5", 10).open(SETTINGS, force=False)


def test_a_file_that_appears_meanwhile_is_kept_with_the_shards(folder: ShardFolder) -> None:
    for shard in range(3):
        write(folder, shard)
    folder.out.write_text("theirs")
    with pytest.raises(OutputError, match="is kept"):
        folder.merge(CLD, {}, replace=False)
    assert folder.out.read_text() == "theirs"
    assert folder.missing(CLD) == []


def test_two_processes_do_not_make_the_same_file(folder: ShardFolder) -> None:
    with folder.taken():
        with pytest.raises(OutputError, match="another process"), folder.taken():
            pass
        write(folder, 0)
    with folder.taken():
        assert folder.missing(CLD) == [1, 2]


def test_the_file_of_these_settings_is_known(folder: ShardFolder) -> None:
    assert not folder.is_finished(SETTINGS, CLD)
    for shard in range(3):
        write(folder, shard)
    folder.merge(CLD, {PROVENANCE: as_text(SETTINGS)})
    assert folder.is_finished(SETTINGS, CLD)
    assert not folder.is_finished({**SETTINGS, "seed": 2}, CLD)
