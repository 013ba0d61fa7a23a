"""EDM4hep in ROOT: deposits at global positions, summed in the mesh from where the particle enters."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_writers import points_of, write_edm4hep, write_root
from toy_detector import toy_detector

from calobench.detectors import load_detector
from calobench.detectors.spec import Staves
from calobench.errors import MissingPackageError, ShowerFileError
from calobench.harness.sources import is_shower_file
from calobench.io import Reading, open_showers
from calobench.io.readers.edm4hep import face_of
from calobench.showers import Conditions, Showers

TOY = toy_detector()
N = 3


def showers() -> Showers:
    rng = np.random.default_rng(1)
    energy = rng.exponential(size=(N, 9, 16, 45)) * (rng.random((N, 9, 16, 45)) < 0.02)
    conditions = Conditions(
        rng.uniform(1e3, 1e5, N), rng.uniform(0.9, 2.2, N), rng.uniform(-3, 3, N)
    )
    return Showers(energy.astype(np.float32), conditions)


@pytest.fixture
def uproot() -> Any:
    return pytest.importorskip("uproot", reason="ROOT is read with uproot")


@pytest.fixture
def event(uproot: Any, tmp_path: Path) -> Callable[..., Path]:
    """One event with one hit; members may be replaced, or left out with None."""

    def event(collection: str = "ECalBarrel", **changes: Any) -> Path:
        members: dict[str, Any] = {
            "cellID": np.uint64(1), "energy": 0.5, "position.x": 2005.0, "position.y": 1.0, "position.z": 1.0,
            "generatorStatus": 1, "mass": 0.0,
            "momentum.x": 10.0, "momentum.y": 0.0, "momentum.z": 0.0,
            "vertex.x": 0.0, "vertex.y": 0.0, "vertex.z": 0.0,
        } | {name.replace("n_", "n.").replace("m_", "m."): one for name, one in changes.items()}  # fmt: skip
        columns = {
            name: [np.atleast_1d(value)] for name, value in members.items() if value is not None
        }
        write_root(tmp_path / "a.root", columns, collection)
        return tmp_path / "a.root"

    return event


def test_deposits_are_summed_in_the_mesh(uproot: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.root"
    write_edm4hep(path, showers())
    with open_showers(path, Reading(TOY)) as file:
        read, remarks = file.read(), file.remarks()
    np.testing.assert_allclose(read.energy, showers().energy, rtol=1e-5)
    for name in ("energy", "theta", "phi"):
        expected = getattr(showers().conditions, name)
        np.testing.assert_allclose(getattr(read.conditions, name), expected, rtol=1e-6)
    taken, outside = remarks
    assert (
        "hits of ECalBarrel are taken (--collection); energies are summed where they were" in taken
    )
    assert "0.00% of their energy lies outside" in outside


def test_without_contributions_centres_of_cells_are_taken(event: Callable[..., Path]) -> None:
    with open_showers(event(), Reading(TOY)) as file:
        read = file.read()
        assert "energies are summed at centres of cells" in file.remarks()[0]
    r, _, z = np.argwhere(read.energy[0])[0]
    assert (r, z) == (0, 1)  # 5 mm deep, 1.4 mm off the axis
    assert read.energy.sum() == pytest.approx(500)
    assert read.conditions.energy == pytest.approx(1e4)


def test_collections_are_chosen_and_said(event: Callable[..., Path]) -> None:
    path = event("HcalBarrel")
    with open_showers(path, Reading(TOY)) as file:  # the only one
        assert len(file) == 1
    with open_showers(path, Reading.declared(collections="HcalBarrel").of(TOY)) as file:
        assert "hits of HcalBarrel" in file.remarks()[0]
    with pytest.raises(
        ShowerFileError, match="has no hits 'ECalBarrel', it has HcalBarrel; correct"
    ):
        open_showers(path, Reading.declared(collections="ECalBarrel").of(TOY))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cellID": None}, "is ROOT without EDM4hep calorimeter hits: it holds events"),
        ({"energy": None}, "is ROOT without EDM4hep calorimeter hits"),
        ({"generatorStatus": None}, "has no MCParticles"),
        ({"generatorStatus": 0}, "event 0 has 0 particles with generatorStatus 1"),
        ({"generatorStatus": [1, 1], "mass": [0.0, 0.0]}, "event 0 has 2 particles|unequal lengths"),
        ({"momentum_x": 0.0}, "has no momentum"),
        ({"energy": -1.0}, "holds -1000 in shower 0; values must be finite and not negative"),
        ({"energy": np.nan}, "NaN in shower 0"),
        ({"position_x": np.inf}, "a position in shower 0 is NaN"),
        ({"position_x": [1.0, 2.0]}, "members of 'ECalBarrel' have unequal lengths in event 0"),
        ({"step_energy": 0.1, "stepPosition_x": 1.0, "stepPosition_y": 1.0, "stepPosition_z": 1.0},
         "contributions of 'ECalBarrel' sum to 0.1 GeV, its hits to 0.5 GeV"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    event: Callable[..., Path], changes: dict[str, Any], message: str
) -> None:
    path = event(**changes)
    with pytest.raises(ShowerFileError, match=message) as caught:
        open_showers(path, Reading(TOY)).read()
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_root_of_something_else_says_what_it_holds(uproot: Any, tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "a.root") as file:
        file["histogram"] = np.histogram([1.0, 2.0])
    assert is_shower_file(str(tmp_path / "a.root"))
    with pytest.raises(
        ShowerFileError, match="without EDM4hep calorimeter hits: it holds histogram"
    ):
        open_showers(tmp_path / "a.root", Reading(TOY))


@pytest.mark.parametrize("fraction", [0.05, 0.5, 0.9])
def test_a_file_that_is_cut_short(event: Callable[..., Path], fraction: float) -> None:
    path = event()
    path.write_bytes(path.read_bytes()[: int(fraction * path.stat().st_size)])
    with pytest.raises(ShowerFileError, match=r"is damaged|without EDM4hep"):
        open_showers(path, Reading(TOY)).read()


def test_without_uproot_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "uproot", None)
    path = tmp_path / "a.root"
    path.write_bytes(b"root" + bytes(100))
    with pytest.raises(
        MissingPackageError, match=r"needs uproot: pip install 'calobench\[edm4hep\]'"
    ):
        open_showers(path, Reading(TOY))


def test_a_detector_is_needed(event: Callable[..., Path]) -> None:
    with pytest.raises(ShowerFileError, match="give the detector"):
        open_showers(event())


def test_where_a_particle_meets_the_face() -> None:
    along = np.array([np.cos(0.1), np.sin(0.1), 0])
    np.testing.assert_allclose(face_of(TOY, np.zeros(3), along), 2000 * along)
    polygon = TOY.model_copy(update={"staves": Staves(count=16)})
    # A flat stave is met farther out than its middle, as a particle from the origin is simulated.
    expected = float(polygon.entrance_radius_mm(0.1))
    np.testing.assert_allclose(face_of(polygon, np.zeros(3), along), expected * along)
    assert face_of(polygon, np.zeros(3), along)[0] == pytest.approx(2000)
    for detector in (TOY, polygon):
        behind = np.array([2100.0, 3, 5])
        np.testing.assert_array_equal(face_of(detector, behind, along), behind)
        off = face_of(detector, np.array([0, 50.0, 7]), np.array([1.0, 0, 0]))
        np.testing.assert_allclose(off[1:], [50, 7])
    odd = load_detector("ODD")
    gun = np.array([0.0, 1250, 0])
    np.testing.assert_allclose(face_of(odd, gun, np.array([0, 1.0, 0])), gun)


def test_points_lie_in_their_cells() -> None:
    energy = showers().energy[0]
    positions, deposits = points_of(energy, TOY.mesh_geometry)
    assert len(positions) == np.count_nonzero(energy)
    assert deposits.sum() == pytest.approx(energy.sum())
