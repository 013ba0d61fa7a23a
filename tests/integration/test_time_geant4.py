"""``calobench time`` with the real Geant4: photons of 1 and 2 GeV beside a toy model."""

from __future__ import annotations

import tarfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from calobench.benchmarks.timing.record import TimingResults
from calobench.cli import main
from calobench.detectors import load_detector

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


@pytest.fixture(scope="module")
def timing(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> TimingResults:
    out = tmp_path_factory.mktemp("times")
    with pytest.raises(SystemExit) as stop:
        main(
            [
                *("time", "--detector", "CLD", "--models", "toy_models:toy", "--geant4"),
                *("--geant4-data", str(tables), "--energies", "1,2", "--batch-sizes", "1"),
                *("--max-seconds", "2", "--precision", "0.1", "--out", str(out)),
            ]
        )
    assert stop.value.code == 0
    return TimingResults.model_validate_json((out / "timing.json").read_text())


def test_geant4_is_timed_with_and_without_callbacks(timing: TimingResults) -> None:
    assert timing.geant4 is not None
    assert timing.geant4.description.startswith("11.")
    kinds = [(e.energy_mev, e.callbacks) for e in timing.geant4.energies]
    assert kinds == [(1e3, False), (2e3, False), (1e3, True), (2e3, True)]
    for entry in timing.geant4.energies:
        assert entry.showers >= 2
        assert entry.mean_ms > 0
        assert entry.error_ms < entry.mean_ms


def test_callbacks_take_some_of_the_time_but_not_all(timing: TimingResults) -> None:
    """The same showers with and without: what is left over is Python's."""
    assert timing.geant4 is not None
    share = timing.geant4.callback_share
    assert -3 * share.error < share.value < 0.9


def test_geant4_takes_longer_for_more_energy(timing: TimingResults) -> None:
    """CPU time of twice the energy: about twice; far from that only if something is wrong."""
    assert timing.geant4 is not None
    low, high = (e.mean_ms for e in timing.geant4.energies if not e.callbacks)
    assert 1.3 < high / low < 3


def test_speed_up_is_the_ratio_of_what_is_in_the_file(timing: TimingResults) -> None:
    assert timing.geant4 is not None
    bare = {e.energy_mev: e.mean_ms for e in timing.geant4.energies if not e.callbacks}
    for row in timing.rows:
        assert row.time is not None
        assert row.speed_up is not None
        assert row.speed_up.value == pytest.approx(bare[row.energy_mev] / row.time.median_ms)


def test_all_ran_on_one_core(timing: TimingResults) -> None:
    assert len(timing.machine.measured_on) == 1
    assert not any("could also run on" in reason for reason in timing.invalid)
    assert timing.settings.geometry_hash == load_detector("CLD").geometry_hash


def test_an_unknown_material_is_told_before_anything_is_measured(
    tables: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (Path(__file__).parents[2] / "data_specs/detectors/FCCeeCLD.yaml").read_text()
    odd = tmp_path / "odd.yaml"
    changed = text.replace("material: G4_Si", "material: G4_UNOBTAINIUM")
    assert changed != text
    odd.write_text(changed)
    with pytest.raises(SystemExit) as stop:
        main(
            [
                *("time", "--detector", str(odd), "--models", "toy_models:toy", "--geant4"),
                *("--geant4-data", str(tables), "--out", str(tmp_path / "times")),
            ]
        )
    assert stop.value.code == 2
    assert "G4_UNOBTAINIUM" in capsys.readouterr().err
    assert not (tmp_path / "times").exists()
