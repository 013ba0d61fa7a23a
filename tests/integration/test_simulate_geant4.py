"""``calobench simulate`` with the real Geant4: a few showers of low energy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
import time
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest

from calobench.detectors import DetectorSpec, load_detector
from calobench.detectors.stack import Periods
from calobench.errors import OutputError, SpecError
from calobench.io.readers.lemurs import LemursFile
from calobench.simulate import Production, fast_check, make_beam, produce

_TABLES = Path(__file__).parents[2].parent / "shared" / "geant4" / "em_tables.tar.xz"

pytestmark = [
    pytest.mark.skipif(find_spec("geant4_pybind") is None, reason="Geant4 is not installed"),
    pytest.mark.skipif(not _TABLES.exists(), reason=f"Geant4's tables are not in {_TABLES}"),
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("geant4")
    with tarfile.open(_TABLES) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.rglob("G4EMLOW")).parent


def production(detector: DetectorSpec, n: int, *, energy: str = "1", seed: int = 1) -> Production:
    return Production(detector, make_beam(detector, energy), n, seed)


def lead_block() -> DetectorSpec:
    """Half a metre of lead, all of it active: only leakage is lost."""
    cld = load_detector("CLD").model_dump(mode="json")
    layer = {"material": "lead", "thickness_mm": 5, "active": True}
    mixture = {"density_g_cm3": 11.35, "mass_fractions": {"Pb": 2.0}}
    changed = {"name": "Block", "periods": 100, "layers": [layer], "materials": {"lead": mixture}}
    return DetectorSpec.model_validate({**cld, **changed})


def test_continuous_integration_downloads_nothing(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """geant4_pybind downloads and deletes by itself where CI is "true", unless it is kept from it."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    kept = tmp_path / ".geant4_pybind" / "mine"
    kept.mkdir(parents=True)
    produce(production(load_detector("CLD"), 1), tmp_path / "a.h5", geant4_data=tables)
    assert list(kept.parent.iterdir()) == [kept]


def test_energy_is_conserved(tables: Path, tmp_path: Path) -> None:
    out = tmp_path / "block.h5"
    produce(production(lead_block(), 4, energy="1:2"), out, geant4_data=tables)
    with LemursFile(out) as file:
        showers, total = file.read(), file.columns["total_deposit"]
    fraction = total / showers.conditions.energy
    assert np.all(fraction <= 1 + 1e-6)
    assert np.all(fraction > 0.97)
    visible = showers.energy.sum(axis=(1, 2, 3), dtype=np.float64)
    assert np.all(visible <= total * (1 + 1e-4))


def test_sheets_of_all_sections_are_where_the_yaml_says(tables: Path, tmp_path: Path) -> None:
    """ILD at right angle: energy lies in the layers of the mesh that a sheet of silicon reaches into."""
    ild = load_detector("ILD")
    out = tmp_path / "ild.h5"
    beam = make_beam(ild, "5", theta="1.5707963267948966", phi="0")
    produce(Production(ild, beam, 3, 1), out, geant4_data=tables)
    with LemursFile(out) as file:
        profile = file.read().energy.sum(axis=(0, 1, 2))
    sheets = Periods.of(ild).sheets_mm
    ends = sheets + np.array([[-0.525 / 2], [0.525 / 2]])
    reached = np.unique((ends / ild.mesh.dz_mm).astype(int))
    empty = np.setdiff1d(np.arange(45), reached)
    assert {21, 24, 28} <= set(empty.tolist())  # behind the 20th sheet they are 7.4 mm apart
    assert profile[empty].sum() == 0
    assert (profile[reached[:20]] > 0).all()


def test_showers_do_not_depend_on_workers_or_on_a_kill(tables: Path, tmp_path: Path) -> None:
    """Two shards: by one worker, by two, and by a command that is killed after the first."""
    cld = load_detector("CLD")
    one, two, killed = (tmp_path / name for name in ("one.h5", "two.h5", "killed.h5"))
    produce(production(cld, 103), one, geant4_data=tables)
    produce(production(cld, 103), two, workers=2, geant4_data=tables)
    assert one.read_bytes() == two.read_bytes()

    arguments = ["--detector", "CLD", "-n", "103", "--energy", "1", "--geant4-data", str(tables)]
    command = [sys.executable, "-m", "calobench", "simulate", *arguments, "--out", str(killed)]
    first = tmp_path / "killed.h5.shards" / "shard-000000.h5"
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not first.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    kept = first.stat().st_mtime_ns
    assert not killed.exists()

    (first.parent / "shard-000001.h5").unlink(missing_ok=True)
    with pytest.raises(OutputError, match="seed was 1, now 2"):
        produce(production(cld, 103, seed=2), killed, geant4_data=tables)
    assert first.stat().st_mtime_ns == kept
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert killed.read_bytes() == one.read_bytes()
    assert not first.parent.exists()


def test_a_shower_does_not_depend_on_those_before_it(tables: Path, tmp_path: Path) -> None:
    """Also the attributes of the file."""
    cld = load_detector("CLD")
    few, more = tmp_path / "few.h5", tmp_path / "more.h5"
    produce(production(cld, 2), few, geant4_data=tables)
    produce(production(cld, 5), more, geant4_data=tables)
    with h5py.File(few) as a, h5py.File(more) as b:
        for name in a:
            assert np.array_equal(a[name][:], b[name][:2])
        assert a["showers"].shape == (2, 9, 16, 45)
        assert not np.array_equal(b["showers"][0], b["showers"][1])
        assert a.attrs["detector"] == "FCCeeCLD"
        assert a.attrs["geometry_hash"] == cld.geometry_hash
        assert str(a.attrs["geant4"]).startswith("11.")
        assert a.attrs["seed"] == 1


def test_the_response_of_odd_is_that_of_a_full_geometry(tables: Path) -> None:
    """Ten photons of 10 GeV in the full ODD leave 262 +- 4 MeV (step2point's test data)."""
    odd = load_detector("ODD")
    beam = make_beam(odd, "10", "1.5708", "0")
    check = fast_check(Production(odd, beam, 20, 3), geant4_data=tables)
    visible = 10_000 * check.sampling_fraction.value / check.containment.value
    error = 10_000 * check.sampling_fraction.error
    assert abs(visible - 262) < 4 * np.hypot(4, error)
    assert 0.93 < check.containment.value < 0.98
    assert check.seconds.value > 0


def test_two_photons(tables: Path, tmp_path: Path) -> None:
    cld, out = load_detector("CLD"), tmp_path / "two.h5"
    beam = make_beam(cld, "2", "1.5708", "0", "10:20")
    produce(Production(cld, beam, 3, 1), out, geant4_data=tables)
    with LemursFile(out) as file:
        assert file.columns["vertex_yz"].shape == (3, 2)
        assert np.all((file.columns["separation"] >= 10) & (file.columns["separation"] <= 20))
        response = file.read().energy.sum(axis=(1, 2, 3)) / file.conditions.energy
    assert 1.5 * cld.sampling_fraction < response.mean() < 2.5 * cld.sampling_fraction


@pytest.mark.parametrize(
    ("material", "element", "named"),
    [("G4_UNOBTAINIUM", "Pb", "G4_UNOBTAINIUM"), ("mixture", "Qq", "'Qq'")],
)
def test_unknown_materials(
    tables: Path, tmp_path: Path, material: str, element: str, named: str
) -> None:
    content = lead_block().model_dump(mode="json")
    content["layers"][0]["material"] = material
    content["materials"] = {"mixture": {"density_g_cm3": 1.0, "mass_fractions": {element: 1.0}}}
    detector = DetectorSpec.model_validate(content)
    with pytest.raises(SpecError, match=named):
        produce(production(detector, 1), tmp_path / "out.h5", geant4_data=tables)
    assert list(tmp_path.iterdir()) == []


def test_data_come_from_the_environment(
    tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("G4LEDATA", str(tables / "G4EMLOW"))
    assert "G4ENSDFSTATEDATA" not in os.environ
    produce(production(load_detector("CLD"), 1), tmp_path / "out.h5")
    assert (tmp_path / "out.h5").exists()
