"""Steps that pass Geant4's filters in front of Python, against every step of the same events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from calobench.detectors import DetectorSpec, load_detector
from calobench.simulate.geant4_data import geant4_environment

_TABLES = Path(__file__).parents[2].parent / "shared" / "geant4" / "em_tables.tar.xz"

pytestmark = [
    pytest.mark.skipif(find_spec("geant4_pybind") is None, reason="Geant4 is not installed"),
    pytest.mark.skipif(not _TABLES.exists(), reason=f"Geant4's tables are not in {_TABLES}"),
]

# A process can make only one Geant4. A third scorer, without a filter, sees every step of the same event.
_SCRIPT = """
import json, os, sys
import geant4_pybind as g4
import numpy as np
from calobench.detectors import DetectorSpec
from calobench.simulate.engine import Engine
from calobench.simulate.photon import Photon

class Every(g4.G4VPrimitiveScorer):
    def __init__(self):
        super().__init__("every")
        self.steps = []

    def ProcessHits(self, step, _history):
        point = step.GetPreStepPoint()
        self.steps.append((
            step.GetTrack().GetDefinition().GetPDGCharge(),
            point.GetKineticEnergy(),
            step.GetTotalEnergyDeposit(),
            point.GetPosition().x,
        ))
        return True

detector, energy = DetectorSpec.model_validate_json(sys.argv[1]), float(sys.argv[2])
engine, every = Engine(detector), Every()
layers = engine._construction.layers
layers.detector.RegisterPrimitive(every)
deposits = engine.shoot([Photon(energy, np.array([1.0, 0, 0]))], 1)
charge, kinetic, deposit, x = np.array(every.steps).T
limit = layers.max_photon_mev or np.inf
passes = (deposit > 0) & ((charge != 0) | (kinetic < limit))
print(json.dumps({
    "equal": bool(np.array_equal(deposits.energies, deposit[passes])
                  and np.array_equal(deposits.positions[:, 0], x[passes])),
    "limit": layers.max_photon_mev,
    "steps": len(x),
    "photons": int((passes & (charge == 0)).sum()),
    "lost": 1 - deposits.energies.sum() / deposit.sum(),
    "description": engine.description,
}))
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("geant4")
    with tarfile.open(_TABLES) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.rglob("G4EMLOW")).parent


def shoot(detector: DetectorSpec, energy: float, tables: Path) -> dict[str, Any]:
    environment = {**os.environ, **geant4_environment(tables, {})}
    command = [sys.executable, "-c", _SCRIPT, detector.model_dump_json(), str(energy)]
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    content: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return content


@pytest.mark.parametrize("name", ["ALLEGRO", "CLD", "Par04SciPb"])
def test_light_layers_lose_only_what_hard_photons_deposit(name: str, tables: Path) -> None:
    """Deposits are those of charged particles and soft photons, in order; 5e-6 are lost on average."""
    shot = shoot(load_detector(name), 5000, tables)
    assert shot["equal"]
    assert shot["limit"] == 0.3
    assert shot["photons"] > 0
    assert 0 <= shot["lost"] < 5e-5
    assert shot["description"].endswith("photons above 0.3 MeV deposit nothing")


def test_heavy_layers_lose_nothing(tables: Path) -> None:
    """Lead takes up to 88 keV from every photon that it absorbs, at 0.3 MeV nearly all."""
    layer = {"material": "G4_Pb", "thickness_mm": 5, "active": True}
    content = load_detector("CLD").model_dump(mode="json")
    block = DetectorSpec.model_validate(
        {**content, "name": "Block", "periods": 60, "layers": [layer]}
    )
    shot = shoot(block, 500, tables)
    assert shot["equal"]
    assert shot["limit"] is None
    assert shot["photons"] > 0
    assert shot["lost"] == pytest.approx(0, abs=1e-12)
    assert shot["description"].endswith("no fluorescence")
