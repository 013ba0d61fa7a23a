"""``calobench simulate --fast-model`` with the real Geant4: photons that a model takes over."""

from __future__ import annotations

import tarfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.io.readers.lemurs import LemursFile
from calobench.io.readout_cells import read_readout_events
from calobench.models.calls import call_generate
from calobench.models.registry import load_model
from calobench.showers import Conditions, Showers
from calobench.simulate import FastModel, Production, make_beam, produce

_TABLES = Path(__file__).parents[2].parent / "shared" / "geant4" / "em_tables.tar.xz"

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


def simulated(out: Path) -> tuple[Showers, np.ndarray]:
    with LemursFile(out) as file:
        return file.read(), file.columns["total_deposit"]


def test_only_photons_above_the_threshold_are_the_models(tables: Path, tmp_path: Path) -> None:
    """1 to 2 GeV with a threshold of 1.5: the model above it, Geant4 below, both with the right response."""
    beam = make_beam(CLD, "1:2", "1.2", "0.1")
    full, fast = tmp_path / "full.h5", tmp_path / "fast.h5"
    produce(Production(CLD, beam, 40, 3), full, geant4_data=tables)
    model = FastModel.of("distilled", CLD, beam, 1500.0)
    produce(Production(CLD, beam, 40, 3, fast=model), fast, geant4_data=tables)
    (own, _), (replaced, total) = simulated(full), simulated(fast)
    above = own.conditions.energy > 1500
    assert 5 < above.sum() < 35
    # The sheet of vacuum before the layers is one step more, and another series of random numbers.
    assert np.all(np.any(replaced.energy[above] != own.energy[above], axis=(1, 2, 3)))
    response = total / replaced.conditions.energy / CLD.sampling_fraction
    for group in (above, ~above):
        assert abs(response[group].mean() - 1) < 5 * 0.25 / np.sqrt(group.sum())


def test_showers_are_the_models_own_in_the_place_of_the_photon(
    tables: Path, tmp_path: Path
) -> None:
    """Two photons 30 mm apart: their energies, and where they lie in the readout."""
    beam = make_beam(CLD, "20", "1.570796", "0", "30", second_energy_gev="10", spread_mm=5.1)
    out = tmp_path / "fast.h5"
    model = FastModel.of("distilled", CLD, beam)
    produce(Production(CLD, beam, 3, 5, readout=True, fast=model), out, geant4_data=tables)
    _, total = simulated(out)
    events = read_readout_events(out)
    # The mesh is deeper than the layers, where a model may leave a little.
    assert events.total == pytest.approx(total, rel=2e-3)
    loaded = load_model("distilled", CLD, "cpu")
    for index in range(3):
        drawn = beam.draw(5, 0, index)
        conditions = Conditions(
            np.array([20e3, 10e3]), np.full(2, drawn.theta), np.full(2, drawn.phi)
        )
        noise = np.random.SeedSequence(drawn.seed).spawn(2)[0]
        showers = call_generate(loaded, conditions, CLD, noise, "distilled")
        assert total[index] == pytest.approx(showers.sum(dtype=np.float64), rel=1e-4)
        rows = events.event == index
        along = 5.1 * events.j[rows] - drawn.vertex_z
        energy = events.energy[rows]
        first = (along < 0) & (along > -30)
        # Twice as much of the energy is on the side of the first photon, at lower z.
        assert 1.5 < energy[first].sum() / energy[(along >= 0) & (along < 30)].sum() < 2.7


SOURCE = """
import numpy as np
from calobench.models.protocol import ModelInfo

class Model:
    info = ModelInfo("one cell", "A cell with a random part of the energy.", weights_hash="none")
    def generate(self, conditions, detector, seed):
        showers = np.zeros((len(conditions), *detector.mesh_geometry.shape), np.float32)
        part = np.random.default_rng(seed).random(len(conditions))
        showers[:, 1, 3, 9] = conditions.energy * part / 100
        return showers
"""


def test_the_file_does_not_depend_on_workers_and_says_what_it_is(
    tables: Path, tmp_path: Path
) -> None:
    (tmp_path / "cell.py").write_text(SOURCE)
    name = f"{tmp_path / 'cell.py'}:Model"
    one, two = tmp_path / "one.h5", tmp_path / "two.h5"
    beam = make_beam(CLD, "1.5:5")
    production = Production(CLD, beam, 102, 1, fast=FastModel.of(name, CLD, beam))
    produce(production, one, geant4_data=tables)
    produce(production, two, workers=2, geant4_data=tables)
    assert one.read_bytes() == two.read_bytes()
    with LemursFile(one) as file:
        message = f"photons above 1000 MeV replaced at the face by {name}"
        assert (file.description or "").endswith(message)
        assert file.remarks() == (f"one.h5 is Geant4 with a model inside: {message}",)
        assert '"above_mev": 1000.0' in str(file.attributes["provenance"])
        assert '"weights": "none"' in str(file.attributes["provenance"])
        cells = file.read().energy
    assert len(np.unique(cells.sum(axis=(1, 2, 3)))) == 102
