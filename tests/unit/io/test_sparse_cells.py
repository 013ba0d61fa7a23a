"""Packed files of showers: their content, the showers that are read, and the damage that is detected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calobench.cli import main
from calobench.errors import OutputError, ShowerFileError
from calobench.io import LemursFile, write_lemurs
from calobench.io.formats import find_format
from calobench.io.sparse_cells import decode, encode
from calobench.io.writers.packed import PackedWriter
from calobench.showers import Conditions, Mesh, Showers
from calobench.simulate.scoring import round_mantissa

MESH = Mesh(4.65, 5.05)


def some_showers(n: int = 7, mesh: Mesh = MESH) -> Showers:
    """A third of the cells filled, over eight decades; one shower is empty."""
    rng = np.random.default_rng(5)
    energy = 10 ** rng.uniform(-6, 2, (n, *mesh.shape))
    energy *= rng.random(energy.shape) < 1 / 3
    energy[-1] = 0
    conditions = Conditions(
        rng.uniform(1e3, 1e5, n), rng.uniform(0.9, 2.2, n), rng.uniform(0, 6, n)
    )
    return Showers(energy.astype(np.float32), conditions)


def pack(path: Path, showers: Showers, bits: int = 10, mesh: Mesh = MESH) -> Path:
    with PackedWriter(path, detector="ODD", mesh=mesh, mantissa_bits=bits) as writer:
        for part in (showers[:3], showers[3:]):
            writer.append(part, {"total_deposit": part.energy.sum(axis=(1, 2, 3))})
    return path


@given(st.floats(2.0**-28, 2.0**30, width=32), st.integers(1, 10))
def test_energies_are_rounded_to_the_nearest(energy: float, bits: int) -> None:
    values = np.array([energy], np.float32)
    error = decode(encode(values, bits), bits) - values
    assert abs(error[0]) <= energy * 2.0 ** -(bits + 1)


@given(st.integers(1, 2**16 - 1), st.integers(1, 10))
def test_every_code_comes_back(code: int, bits: int) -> None:
    """Packing a packed file again changes nothing."""
    codes = np.array([min(code, (1 << (bits + 6)) - 1)], np.uint16)
    assert encode(decode(codes, bits), bits) == codes


def test_rounding_twice_moves_no_mean() -> None:
    """Geant4's showers have 13 bits: one in eight lies half-way between two numbers of 10 bits."""
    rng = np.random.default_rng(1)
    energy = round_mantissa(rng.uniform(1, 2, 100_000).astype(np.float32))
    change = (decode(encode(energy, 10), 10) - energy).mean(dtype=np.float64)
    # Errors are flat within 2**-11; all ties upwards would be 2**-14 on average, 69 standard errors.
    assert abs(change) < 5 * 2.0**-11 / np.sqrt(3 * 100_000)


def test_what_16_bits_cannot_hold() -> None:
    assert encode(np.array([0, 1e-10], np.float32), 10).tolist() == [0, 0]
    for wrong in (1e11, np.inf, np.nan):
        with pytest.raises(ValueError, match="below"):
            encode(np.array([wrong], np.float32), 10)
    for bits in (0, 11):
        with pytest.raises(ValueError, match="1 to 10"):
            encode(np.ones(1, np.float32), bits)


@pytest.mark.parametrize("mesh", [MESH, Mesh(4.65, 5.05, 3, 5, 7)])
@pytest.mark.parametrize("bits", [7, 10])
def test_a_packed_file_is_read_as_any_other(tmp_path: Path, bits: int, mesh: Mesh) -> None:
    """Also where the number of cells is no multiple of 8, and in parts."""
    showers = some_showers(mesh=mesh)
    path = pack(tmp_path / "packed.h5", showers, bits, mesh)
    assert find_format(path).name == "lemurs"
    with LemursFile(path, mesh.shape) as file:
        assert len(file) == 7
        assert (file.dtype, file.detector, file.mesh) == (np.float32, "ODD", mesh)
        assert file.columns.keys() == {"total_deposit"}
        result = file.read()
        parts = np.concatenate([part.energy for part in file.chunks(2)])
    assert np.array_equal(parts, result.energy)
    assert np.array_equal(result.energy > 0, showers.energy > 0)
    np.testing.assert_allclose(result.energy, showers.energy, rtol=2.0 ** -(bits + 1))
    assert np.array_equal(result.conditions.energy, showers.conditions.energy)


def test_it_is_smaller(tmp_path: Path) -> None:
    """16 bits for each filled cell, one for every other, instead of three bytes that do not compress."""
    showers = some_showers(100)
    plain = tmp_path / "plain.h5"
    write_lemurs(plain, [showers], mesh=MESH)
    packed = pack(tmp_path / "packed.h5", showers)
    assert packed.stat().st_size < 0.75 * plain.stat().st_size


def test_convert_packs_and_unpacks(tmp_path: Path) -> None:
    showers, plain = some_showers(), tmp_path / "plain.h5"
    write_lemurs(plain, [showers], mesh=MESH, detector="ODD")
    packed, again = tmp_path / "packed.h5", tmp_path / "again.h5"
    for arguments in ([plain, packed, "--packed", 8], [packed, again]):
        with pytest.raises(SystemExit) as end:
            main(["convert", *map(str, arguments)])
        assert end.value.code == 0
    with LemursFile(packed) as one, LemursFile(again) as other, h5py.File(again) as raw:
        assert np.array_equal(one.read().energy, other.read().energy)
        assert "showers" in raw


def test_failures_leave_nothing(tmp_path: Path) -> None:
    showers = some_showers()
    showers.energy[0, 0, 0, 0] = 1e11
    with pytest.raises(ShowerFileError, match="cannot pack"):
        pack(tmp_path / "packed.h5", showers)
    assert not any(tmp_path.iterdir())
    path = pack(tmp_path / "packed.h5", some_showers())
    before = path.read_bytes()
    with (
        pytest.raises(OutputError),
        PackedWriter(path, mesh=MESH, replace=False) as writer,
    ):
        writer.append(some_showers())
    assert path.read_bytes() == before


def _flip(file: h5py.File) -> None:
    file["filled"][0, 0] = np.uint8(255)


def _replace(name: str, values: Callable[[Any], Any]) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        changed, attributes = values(file[name][:]), dict(file[name].attrs)
        del file[name]
        file[name] = changed
        file[name].attrs.update(attributes)

    return change


def _bits(value: Any) -> Callable[[h5py.File], None]:
    return lambda file: file["energy_codes"].attrs.create("mantissa_bits", value)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_flip, "do not fit one another"),
        (_replace("energy_codes", lambda codes: codes[:-1]), "do not fit one another"),
        (_replace("filled_cells", lambda counts: counts[:-1]), "do not fit one another"),
        (_replace("filled_cells", lambda counts: counts - 10_000), "do not fit one another"),
        (_replace("energy_codes", lambda codes: codes.astype(np.float32)), "float32"),
        (_replace("filled", lambda bits: bits[:, 1:]), "810 bytes per shower"),
        (_replace("filled", lambda bits: bits.astype(np.int16)), "int16"),
        (_bits(11), "from 1 to 10"),
        (_bits("many"), "from 1 to 10"),
        (lambda file: file.__delitem__("filled_cells"), "no data set 'filled_cells'"),
        (lambda file: file["energy_codes"].attrs.clear(), "is None"),
    ],
)
def test_damage_is_one_line(
    tmp_path: Path, damage: Callable[[h5py.File], None], message: str
) -> None:
    path = pack(tmp_path / "packed.h5", some_showers())
    with h5py.File(path, "r+") as file:
        damage(file)
    with pytest.raises(ShowerFileError, match=message) as caught, LemursFile(path) as opened:
        opened.read()
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_another_mesh_is_told(tmp_path: Path) -> None:
    path = pack(tmp_path / "packed.h5", some_showers())
    with pytest.raises(ShowerFileError, match="give the detector YAML"):
        LemursFile(path, (3, 5, 7))
