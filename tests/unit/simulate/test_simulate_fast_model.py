"""Deposits that a model adds to those of Geant4. No Geant4 here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import ConditionsError
from calobench.showers.frame import direction
from calobench.showers.scoring import score
from calobench.simulate import FastModel, make_beam
from calobench.simulate.beam import Event
from calobench.simulate.engine import Deposits
from calobench.simulate.fast_model import Replacing
from calobench.simulate.photon import Photon

CLD = load_detector("CLD")
SOURCE = """
import numpy as np
from calobench.models.protocol import ModelInfo

class Model:
    info = ModelInfo("one cell", "Ring 1 of layer 9, energy / 100.", energy_range_mev=(1e3, 1e5))
    def generate(self, conditions, detector, seed):
        showers = np.zeros((len(conditions), *detector.mesh_geometry.shape), np.float32)
        showers[:, 1, 3, 9] = conditions.energy / 100
        return showers
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "one_cell.py"
    path.write_text(SOURCE)
    return f"{path}:Model"


@pytest.mark.parametrize("name", ["CLD", "ALLEGRO", "Par04SiW"])
def test_showers_lie_where_their_photons_entered(model: str, name: str) -> None:
    """Two photons at an angle beside a deposit of Geant4: each in its mesh, in the model's cell.

    Staves, inclined plates and a cylinder without readout cells.
    """
    detector = load_detector(name)
    event = Event(2e3, 1.2, 0.4, seed=7)
    azimuth = float(detector.staves.azimuth(np.array(0.4)))
    along = direction(1.2, azimuth)
    entered = (Photon(3e3, along, 4.0, 25.0), Photon(2e3, along, 0.0, -10.0))
    own = Deposits(np.array([[1.0, 2.0, 3.0]]), np.array([0.5]), entered)
    event_with_model = Replacing(FastModel(model), detector).add(own, event, azimuth)
    assert event_with_model.entered == ()
    assert event_with_model.energies.sum() == pytest.approx(0.5 + 30 + 20)
    assert event_with_model.positions[0].tolist() == [1.0, 2.0, 3.0]
    for photon in entered:
        relative = event_with_model.positions - (0, photon.y, photon.z)
        cells = score(relative, event_with_model.energies, 1.2, azimuth, detector.mesh_geometry)
        # On the nearest sheet, which may lie in the next layer.
        assert cells[1, 3, 8:11].sum() == pytest.approx(photon.energy / 100)


def test_the_same_event_gives_the_same_deposits_in_whatever_order_photons_came(model: str) -> None:
    event = Event(2e3, 1.5, 0.0, seed=7)
    photons = (
        Photon(3e3, direction(1.5, 0.0), 0.0, 5.0),
        Photon(2e3, direction(1.5, 0.0), 0.0, -5.0),
    )
    replacing = Replacing(FastModel(model), CLD)
    nothing = np.empty((0, 3)), np.empty(0)
    first, second = (
        replacing.add(Deposits(*nothing, order), event, 0.0) for order in (photons, photons[::-1])
    )
    assert np.array_equal(first.positions, second.positions)
    assert np.array_equal(first.energies, second.energies)


def test_events_of_geant4_alone_are_left_as_they_are(model: str) -> None:
    deposits = Deposits(np.ones((2, 3)), np.ones(2))
    assert Replacing(FastModel(model), CLD).add(deposits, Event(5e2, 1.5, 0.0, 1), 0.0) is deposits


def test_a_model_is_asked_before_geant4_is_started(model: str) -> None:
    beam = make_beam(CLD, "1:5")
    assert FastModel.of(model, CLD, beam, 2e3).settings() == {
        "model": model,
        "above_mev": 2e3,
        "weights": None,
    }
    with pytest.raises(ConditionsError, match="no photon has more than 5 GeV"):
        FastModel.of(model, CLD, beam, 5e3)
    wide = CLD.model_copy(update={"energy_range_mev": (500.0, 1e5)})
    with pytest.raises(ConditionsError, match="raise --fast-above"):
        FastModel.of(model, wide, make_beam(wide, "0.5:5"), 600.0)


def test_a_photon_goes_straight() -> None:
    photon = Photon(1.0, direction(1.0, 0.3), 2.0, 3.0)
    assert photon.at(0.0) == (0.0, 2.0, 3.0)
    back = np.array([0.0, 2.0, 3.0]) - np.array(photon.at(-2.0))
    assert np.allclose(np.cross(back, photon.direction), 0)
