"""``calobench simulate --readout`` with the real Geant4, against the reference samples."""

from __future__ import annotations

import tarfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.io.readers.lemurs import LemursFile
from calobench.io.readout_cells import read_readout_events
from calobench.placement.digitise import digitise
from calobench.placement.events import ReadoutEvents
from calobench.placement.readout import make_readout
from calobench.simulate import Production, make_beam, produce

_SHARED = Path(__file__).parents[2].parent / "shared"
_TABLES = _SHARED / "geant4" / "em_tables.tar.xz"

pytestmark = [
    pytest.mark.skipif(find_spec("geant4_pybind") is None, reason="Geant4 is not installed"),
    pytest.mark.skipif(not _TABLES.exists(), reason=f"Geant4's tables are not in {_TABLES}"),
]
CLD = load_detector("CLD")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("geant4")
    with tarfile.open(_TABLES) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.rglob("G4EMLOW")).parent


def test_cells_hold_every_deposit_whatever_the_number_of_workers(
    tables: Path, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.h5", tmp_path / "two.h5"
    beam = make_beam(CLD, "1", "1.5708", "0", spread_mm=5.1)
    production = Production(CLD, beam, 101, 1, readout=True)
    produce(production, one, geant4_data=tables)
    produce(production, two, workers=2, geant4_data=tables)
    assert one.read_bytes() == two.read_bytes()
    events = read_readout_events(one)
    with LemursFile(one) as file:
        showers, total = file.read(), file.columns["total_deposit"]
    assert events.total == pytest.approx(total, rel=1e-4)
    # At normal incidence a layer of the mesh is a layer of cells, but for what is far to the side.
    layers = np.zeros((101, 40))
    np.add.at(layers, (events.event, events.layer), events.energy)
    assert np.all(showers.energy.sum(axis=(1, 2))[:, :40] <= layers * (1 + 1e-3) + 1e-6)


def test_cells_of_another_detector(tables: Path, tmp_path: Path) -> None:
    """ALLEGRO: deposits lie in the argon, so that nearly all of them are in cells."""
    allegro, out = load_detector("ALLEGRO"), tmp_path / "allegro.h5"
    beam = make_beam(allegro, "2", "1.5708", "0", spread_mm=21.3, mid_z_mm=50)
    produce(Production(allegro, beam, 5, 1, readout=True), out, geant4_data=tables)
    events = read_readout_events(out)
    with LemursFile(out) as file:
        total = file.columns["total_deposit"]
    assert np.all(events.total <= total * (1 + 1e-4))
    assert np.all(events.total > 0.9 * total)
    readout = make_readout(allegro)
    seen = readout.seen(events) - events.truth.entrances[events.event, 0]
    mean = (events.energy[:, None] * seen).sum(axis=0) / events.energy.sum()
    # A tenth of a module (18 mm) and of a cell (21 mm) is what five showers allow for.
    assert np.all(np.abs(mean) < 5)


def observables(events: ReadoutEvents) -> dict[str, np.ndarray]:
    events = digitise(events, make_readout(CLD))
    z = 5.1 * events.j - events.truth.vertex[events.event, 1]
    near = events.with_cells(np.abs(z) < 60)
    spread = near.sum(near.energy * z[np.abs(z) < 60] ** 2) / near.total
    return {
        "visible": events.total,
        "cells": np.diff(events.ptr).astype(float),
        # Half the separation, squared, is what two photons add to the spread along the beam.
        "spread": spread - (events.truth.separation / 2) ** 2,
    }


@pytest.mark.skipif(not (_SHARED / "reference").exists(), reason="no reference samples")
def test_two_photons_are_those_of_the_reference_sample(tables: Path, tmp_path: Path) -> None:
    """Twelve events of 20 + 20 GeV; means within 5 standard errors (false alarm below 1e-4)."""
    out = tmp_path / "two.h5"
    beam = make_beam(CLD, "20", "1.570796", "0", "0:30", spread_mm=5.1)
    produce(Production(CLD, beam, 12, 7, readout=True), out, geant4_data=tables)
    files = sorted((_SHARED / "reference").glob("FCCeeCLD_diphoton_20GeV_seed*.h5"))
    expected = observables(ReadoutEvents.concatenate([read_readout_events(f) for f in files]))
    for name, values in observables(read_readout_events(out)).items():
        error = expected[name].std() / np.sqrt(len(values))
        assert abs(values.mean() - expected[name].mean()) < 5 * error, name
