"""Changes of the readout cells by the detour through the mesh."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import ShowerFileError
from calobench.io import LemursFile
from calobench.io.readout_cells import read_readout_events
from calobench.placement.artefact import artefact
from calobench.placement.events import ReadoutEvents, Truth
from calobench.placement.place import place
from calobench.placement.readout import make_readout

CLD = make_readout(load_detector("CLD"))
SHARED = Path(__file__).parents[3].parent / "shared" / "reference"
SINGLES = SHARED / "FCCeeCLD_single_20GeV_readout.h5"


def events(*cells: tuple[int, int, int, float]) -> ReadoutEvents:
    """Two equal events of (layer, i, j, energy)."""
    layer, i, j, energy = np.array(cells * 2).T
    truth = Truth(np.full((2, 1), 1e4), np.zeros((2, 1, 2)), np.full(2, np.pi / 2), np.zeros(2))
    event = np.repeat([0, 1], len(cells))
    index = np.array([layer, i, j]).astype(int)
    return ReadoutEvents.from_cells(event, index, energy, truth, np.zeros(2))


def test_observables_worked_out_by_hand() -> None:
    direct = events((0, 0, 0, 6.0), (1, 0, 2, 2.0), (2, 9, 0, 5.0), (3, 0, 0, 0.01))
    placed = events((0, 0, 0, 4.0), (1, 0, -1, 4.0))
    shifts = {shift.name: shift for shift in artefact(direct, placed, CLD)}
    assert all(shift.n == 2 for shift in shifts.values())
    # The cell 45.9 mm away is beyond the mesh (41.85 mm), the one of 10 keV below threshold.
    visible = shifts["visible energy"]
    assert (visible.direct, visible.placed, visible.difference, visible.error) == (8, 8, 0, 0)
    assert shifts["cells above threshold"].difference == 0
    assert shifts["energy in the hottest cell"].difference == -2
    z = shifts["mean position along the beam"]
    assert (z.direct, z.placed) == pytest.approx((10.2 / 4, -5.1 / 2))
    width = shifts["rms distance from the photon"]
    assert (width.direct, width.placed) == pytest.approx((10.2 / 2, 5.1 / np.sqrt(2)))
    assert shifts["fraction of energy 0 to 0.5 cells away"].direct == 0.75
    assert shifts["fraction of energy 2 to 4 cells away"].direct == 0.25
    assert shifts["fraction of energy 1 to 2 cells away"].placed == 0.5


def test_the_same_events_have_no_artefact() -> None:
    same = events((0, 0, 0, 6.0), (1, 1, 2, 2.0))
    assert all(shift.difference == 0 for shift in artefact(same, same, CLD))


def test_other_events_are_refused() -> None:
    direct = events((0, 0, 0, 6.0))
    with pytest.raises(ShowerFileError, match="same events"):
        artefact(direct, direct[slice(0, 1)], CLD)


@pytest.mark.skipif(not SINGLES.exists(), reason=f"no reference samples in {SHARED}")
def test_radial_placement_is_the_most_faithful() -> None:
    """On 200 Geant4 showers: the reason for the default. Bounds are far from what is measured."""
    direct = read_readout_events(SINGLES)
    with LemursFile(SINGLES) as file:
        showers = file.read()
    shifts = {}
    for method in ("centre", "uniform", "radial"):
        placed = place(showers, CLD, direct.truth.entrances[:, 0], method=method)
        shifts[method] = {s.name: s for s in artefact(direct, placed, CLD)}
    core, hottest = "fraction of energy 0 to 0.5 cells away", "energy in the hottest cell"
    for name in (core, hottest):
        apart = {method: abs(by_name[name].difference) for method, by_name in shifts.items()}
        assert apart["radial"] < 0.5 * apart["centre"] < apart["uniform"]
    for name in ("mean position along the beam", "mean position across the beam"):
        assert shifts["radial"][name].spread < 0.5 * shifts["centre"][name].spread
    width = shifts["radial"]["rms distance from the photon"]
    assert abs(width.difference) < 0.02 * width.direct
