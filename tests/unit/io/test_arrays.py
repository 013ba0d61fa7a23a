"""Arrays of numpy: axes and units are declared, or inferred and reported; nothing is unpickled."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_detector import toy_detector

from calobench.cli import main
from calobench.errors import ConditionsError, ShowerFileError
from calobench.harness.sources import open_source
from calobench.io import LemursFile, Reading, open_showers
from calobench.io.formats import find_format, require_taken

N = 6
# Mesh 9 x 16 x 45, 1 to 100 GeV, sampling fraction 0.1.
TOY = toy_detector()
Capture = pytest.CaptureFixture[str]


def cells() -> np.ndarray:
    """Showers (N, R, PHI, Z), MeV, of which a tenth of 20 GeV is visible."""
    energy = np.random.default_rng(1).exponential(size=(N, 9, 16, 45)).astype(np.float32)
    return (energy / energy.sum(axis=(1, 2, 3), keepdims=True) * 2000).astype(np.float32)


def arrays(**changes: Any) -> dict[str, Any]:
    content = {
        "showers": cells(),
        "incident_energy": np.full(N, 2e4),
        "incident_theta": np.full(N, 1.5),
        "incident_phi": np.zeros(N),
    }
    return {name: values for name, values in (content | changes).items() if values is not None}


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def save(**changes: Any) -> Path:
        path = tmp_path / "sample.npz"
        np.savez(path, **arrays(**changes))
        return path

    return save


def test_what_is_told_is_said(save: Callable[..., Path]) -> None:
    with open_showers(save(), Reading(TOY)) as file:
        showers, remarks = file.read(), file.remarks()
    np.testing.assert_array_equal(showers.energy, cells())
    np.testing.assert_array_equal(showers.conditions.energy, np.full(N, 2e4))
    axes, units = remarks
    assert "axes are taken to be r,phi,z, the only order that fits: the mesh of Toy has" in axes
    assert "energies of cells are taken to be in MeV and incident energies in MeV" in units
    assert (
        "visible / incident energy is 0.1 as they stand, Toy has 1000 to 100000 MeV and 0.1"
        in units
    )


@pytest.mark.parametrize("axes", [("z", "phi", "r"), ("phi", "r", "z"), ("r", "phi", "z")])
@pytest.mark.parametrize("declared", [True, False])
def test_any_order_of_axes(
    save: Callable[..., Path], axes: tuple[str, ...], declared: bool
) -> None:
    order = [1 + ("r", "phi", "z").index(name) for name in axes]
    path = save(showers=cells().transpose(0, *order))
    with open_showers(path, Reading(TOY, axes=axes if declared else None)) as file:
        np.testing.assert_array_equal(file.read().energy, cells())
        assert any(",".join(axes) in one for one in file.remarks()) != declared


def test_flat_showers_with_declared_axes(save: Callable[..., Path]) -> None:
    path = save(showers=cells().transpose(0, 3, 2, 1).reshape(N, -1))
    with open_showers(path, Reading(TOY, axes=("z", "phi", "r"))) as file:
        np.testing.assert_array_equal(file.read().energy, cells())


@pytest.mark.parametrize(("cell", "incident"), [("MeV", "GeV"), ("GeV", "MeV"), ("GeV", "GeV")])
@pytest.mark.parametrize("declared", [True, False])
def test_any_units(save: Callable[..., Path], cell: str, incident: str, declared: bool) -> None:
    mev = {"MeV": 1, "GeV": 1000}
    path = save(
        showers=cells() / np.float32(mev[cell]), incident_energy=np.full(N, 2e4 / mev[incident])
    )
    reading = Reading.declared(unit=f"{cell},{incident}" if declared else None).of(TOY)
    with open_showers(path, reading) as file:
        showers, remarks = file.read(), file.remarks()
    np.testing.assert_allclose(showers.energy, cells(), rtol=1e-6)
    np.testing.assert_allclose(showers.conditions.energy, 2e4)
    message = f"cells are taken to be in {cell} and incident energies in {incident}"
    assert any(message in one for one in remarks) != declared


def test_a_declared_unit_that_is_off_is_a_remark(save: Callable[..., Path]) -> None:
    with open_showers(save(), Reading.declared(unit="GeV,MeV").of(TOY)) as file:
        file.read()
        assert any("visible / incident energy is 100" in one for one in file.remarks())


@pytest.mark.parametrize(
    ("reading", "changes", "message"),
    [
        ({}, {"showers": cells()[:, :8]}, r"one shower has the shape \(8, 16, 45\), the mesh of Toy has"),
        ({"axes": "z,phi,r"}, {}, r"which it does not fit with --axes z,phi,r; correct"),
        ({"axes": "z,phi"}, {}, "name each of r, phi and z once"),
        ({"axes": "x,y,z"}, {}, "name each of r, phi and z once"),
        ({}, {"showers": cells().reshape(N, -1)}, "flat shower of 6480 cells does not say how they lie"),
        ({}, {"incident_energy": None}, "has no 'incident_energy', it holds 'showers'"),
        ({}, {"incident_theta": None}, "has no 'incident_theta'"),
        ({}, {"incident_energy": np.full(N - 1, 2e4)}, r"\(5,\) and the type float64 beside 6 showers"),
        ({}, {"incident_energy": np.full(N, 2e7)}, "cannot be told"),
        ({}, {"showers": cells() * 20}, "cannot be told"),
        ({}, {"showers": np.zeros((N, 9, 16, 45), np.float32)}, "cannot be told"),
        ({}, {"energy": np.full(N, 2e4)}, "may both be meant"),
        ({}, {"showers": None, "a": cells(), "b": cells()}, "several arrays that may be showers"),
        ({}, {"showers": None}, "no array that may be showers"),
        ({}, {"showers": cells().astype(complex)}, "must hold numbers"),
        ({}, {"showers": cells()[:0]}, "beside 0 showers|holds no showers"),
        ({}, {"incident_theta": np.full(N, 90.0)}, "in radians between 0 and pi"),
        ({}, {"incident_energy": -np.full(N, 2e4)}, "finite and positive"),
        ({}, {"showers": np.append(cells(), np.full((1, 9, 16, 45), np.nan), 0)[1:]}, "NaN in shower 5"),
        ({}, {"showers": cells() * (1 - 2 * np.eye(1, N, 2).reshape(N, 1, 1, 1))}, "in shower 2"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    save: Callable[..., Path], reading: Any, changes: Any, message: str
) -> None:
    path = save(**changes)
    with pytest.raises(ShowerFileError, match=message) as caught:
        open_showers(path, Reading.declared(**reading).of(TOY)).read()
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_ambiguous_axes_are_asked_for(save: Callable[..., Path]) -> None:
    cubes = TOY.model_copy(update={"mesh": TOY.mesh.model_copy(update={"n_r": 16})})
    path = save(showers=np.full((N, 16, 16, 45), 2000 / (16 * 16 * 45), np.float32))
    with pytest.raises(ShowerFileError, match="may be r,phi,z or phi,r,z; say which with --axes"):
        open_showers(path, Reading(cubes))
    with open_showers(path, Reading(cubes, axes=("phi", "r", "z"))) as file:
        assert file.read().energy.shape == (N, 16, 16, 45)


def test_units_need_a_detector_or_a_word(save: Callable[..., Path]) -> None:
    with pytest.raises(ShowerFileError, match="give --unit MeV or GeV, or --detector"):
        open_showers(save())
    with open_showers(save(), Reading.declared(unit="MeV")) as file:
        assert len(file.read()) == N


def test_a_wrong_unit_of_the_incident_energy_is_outside_of_the_range(
    save: Callable[..., Path],
) -> None:
    with pytest.raises(ConditionsError, match=r"2e\+07 MeV of shower 0 is outside"):
        open_source(
            str(save()), open_showers(save(), Reading(TOY)).conditions, TOY, None, 1,
            Reading.declared(unit="GeV"),
        )  # fmt: skip


def test_other_names_and_one_angle_for_all_are_said(save: Callable[..., Path]) -> None:
    content = arrays(showers=None, incident_theta=None, incident_phi=None, incident_energy=None)
    path = save(
        **dict.fromkeys(arrays()), **content, cells=cells(), Energies=np.full((N, 1), 2e4),
        theta=np.array(1.5), phi=np.zeros(1), event=np.arange(N),
    )  # fmt: skip
    with open_showers(path, Reading(TOY)) as file:
        assert (file.conditions.theta == 1.5).all()
        np.testing.assert_array_equal(file.columns["event"], np.arange(N))
        assert any("arrays taken are cells, Energies, theta and phi" in r for r in file.remarks())


@pytest.mark.parametrize(
    ("name", "values"), [("weight", np.arange(N)), ("mask", np.eye(1, N)[0] > 0)]
)
def test_weights_and_selections_are_not_ignored(
    save: Callable[..., Path], name: str, values: np.ndarray
) -> None:
    with (
        open_showers(save(**{name: values}), Reading(TOY)) as file,
        pytest.raises(ShowerFileError, match=f"has a column '{name}'"),
    ):
        file.require_unweighted()


def test_npy_with_the_others_beside_it(tmp_path: Path) -> None:
    for name, values in arrays().items():
        np.save(tmp_path / f"{name}.npy", values)
    path = (tmp_path / "showers.npy").rename(tmp_path / "mine.npy")
    with open_showers(path, Reading(TOY)) as file:
        np.testing.assert_array_equal(file.read().energy, cells())
    (tmp_path / "incident_energy.npy").unlink()
    with pytest.raises(ShowerFileError, match=r"into incident_energy\.npy beside it"):
        open_showers(path, Reading(TOY))


class Evil:
    """Leaves a trace if it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.trace,)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    evil = np.array([Evil(trace)], dtype=object)
    np.save(tmp_path / "a.npy", evil, allow_pickle=True)
    np.savez(tmp_path / "b.npz", **arrays(showers=evil))
    (tmp_path / "c.npy").write_bytes(pickle.dumps(Evil(trace)))
    for name, message in (
        ("a.npy", "holds Python objects, and nothing is unpickled"),
        ("b.npz", "'showers' holds Python objects, and nothing is unpickled"),
        ("c.npy", "it is a pickle; nothing is unpickled"),
    ):
        with pytest.raises(ShowerFileError, match=message):
            open_showers(tmp_path / name, Reading(TOY))
    assert not trace.exists()


@pytest.mark.parametrize("fraction", [0.01, 0.5, 0.999])
@pytest.mark.parametrize("ending", [".npz", ".npy"])
def test_a_file_that_is_cut_short(tmp_path: Path, fraction: float, ending: str) -> None:
    for name, values in arrays().items():
        np.save(tmp_path / f"{name}.npy", values)
    np.savez_compressed(tmp_path / "showers.npz", **arrays())
    path = tmp_path / f"showers{ending}"
    path.write_bytes(path.read_bytes()[: int(fraction * path.stat().st_size)])
    with pytest.raises(ShowerFileError, match=r"truncated|damaged"):
        open_showers(path, Reading(TOY)).read()


def test_a_bit_that_has_turned_is_noticed(save: Callable[..., Path]) -> None:
    path = save()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ShowerFileError, match="is damaged"):
        open_showers(path, Reading(TOY)).read()


def test_other_archives_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "text")
    with pytest.raises(ShowerFileError, match="is not a file of showers, it is a zip archive"):
        find_format(path)


def test_a_sample_of_a_run(save: Callable[..., Path]) -> None:
    path = save()
    source = open_source(str(path), open_showers(path, Reading(TOY)).conditions, TOY, None, 1)
    (showers,) = source.chunks(100)
    np.testing.assert_array_equal(showers.energy, cells())
    assert any("axes are taken to be" in one for one in source.remarks())


def test_what_is_declared_must_be_of_use(save: Callable[..., Path], tmp_path: Path) -> None:
    from calobench.io import write_lemurs

    with open_showers(save(), Reading(TOY)) as file:
        write_lemurs(tmp_path / "a.h5", [file.read()])
    reading = Reading.declared(axes="z,phi,r")
    with pytest.raises(ShowerFileError, match="--axes is for files of the formats numpy"):
        require_taken(reading, [tmp_path / "a.h5"])
    require_taken(reading, [tmp_path / "a.h5", save()])
    require_taken(replace(reading, axes=None), [tmp_path / "a.h5"])


@pytest.mark.parametrize(
    ("words", "message"),
    [({"unit": "keV"}, "--unit keV: give MeV or GeV"), ({"axes": "r,r,z"}, "twice")],
)
def test_words_that_say_nothing(words: dict[str, str], message: str) -> None:
    with pytest.raises(ShowerFileError, match=message):
        Reading.declared(**words)


def test_convert_and_inspect(save: Callable[..., Path], tmp_path: Path, capsys: Capture) -> None:
    def command(*arguments: object) -> int:
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return int(stop.value.code or 0)

    path = save(showers=cells().transpose(0, 3, 2, 1))
    out = tmp_path / "out.h5"
    assert command("convert", path, out, "--axes", "z,phi,r", "--unit", "MeV") == 0
    with LemursFile(out) as file:
        np.testing.assert_array_equal(file.read().energy, cells())
    assert command("inspect", path, "--unit", "MeV") == 0
    printed = capsys.readouterr().out
    assert "warning: sample.npz: axes are taken to be z,phi,r" in printed
    assert command("inspect", out, "--unit", "MeV") == 2
    assert "--unit is for files of the formats" in capsys.readouterr().err


def test_numbers_that_signal_are_refused_without_a_warning_of_numpy(tmp_path: Path) -> None:
    """A signalling NaN makes numpy warn when it is cast."""
    showers = cells()
    showers.view(np.uint32)[1, 2, 3, 4] = 0x7FA00000
    np.savez(tmp_path / "a.npz", **arrays(showers=showers))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ShowerFileError, match="holds NaN in shower 1"):
            open_showers(tmp_path / "a.npz", Reading(TOY))


def test_rounding_below_zero_in_a_mapped_file_counts_as_empty(tmp_path: Path) -> None:
    showers = cells()
    showers[1, 2, 3, 4] = -1e-12
    content = arrays(showers=showers)
    for name, values in content.items():
        np.save(tmp_path / f"{name}.npy", values)
    path = tmp_path / "showers.npy"
    before = path.read_bytes()
    for _ in range(2):
        with open_showers(path, Reading(TOY)) as file:
            assert file.read().energy[1, 2, 3, 4] == 0
            assert any("1 cells were below zero" in line for line in file.remarks())
    assert path.read_bytes() == before


def test_a_head_that_is_no_python_is_damage(tmp_path: Path) -> None:
    """numpy reads the head as Python, in the spelling of Python 2 if need be."""
    np.save(tmp_path / "a.npy", cells())
    content = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(content.replace(b"45)", b"45("))
    with pytest.raises(ShowerFileError, match="is damaged"):
        open_showers(tmp_path / "a.npy", Reading(TOY))
