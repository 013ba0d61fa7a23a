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
from calobench.io.sparse_cells import DITHER, decode, encode
from calobench.io.writers.packed import PackedWriter
from calobench.showers import Conditions, Mesh, Showers

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


def through(energy: np.ndarray, bits: int) -> np.ndarray:
    """One shower (cells,), encoded and decoded; none of its cells is empty."""
    codes = encode(energy[None].astype(np.float32), bits)[0]
    return decode(codes, np.arange(len(energy)), bits, DITHER)


@given(st.floats(2.0**-28, 2.0**30, width=32), st.integers(1, 10))
def test_energies_are_as_near_as_the_nearest(energy: float, bits: int) -> None:
    values = np.full(50, energy, np.float32)
    # Across a power of two steps are those of the larger number.
    largest = np.maximum(values, through(values, bits)) * 2.0 ** -(bits + 1)
    assert np.all(np.abs(through(values, bits) - values) <= largest)


@given(st.floats(2.0**-28, 2.0**30, width=32), st.integers(1, 10))
def test_packing_a_packed_file_again_changes_nothing(energy: float, bits: int) -> None:
    once = through(np.full(50, energy, np.float32), bits)
    assert np.array_equal(through(once, bits), once)


@pytest.mark.parametrize("before", [10, 13, 23])
def test_no_mean_and_no_spectrum_is_moved(before: int) -> None:
    """Also where there were 10 or 13 bits before: then many numbers lie where steps meet."""
    rng = np.random.default_rng(1)
    n = 100_000
    bits = (rng.uniform(0.5, 8, n)).astype(np.float32).view(np.uint32)
    energy = (bits >> (23 - before) << (23 - before)).view(np.float32)
    result = through(energy, 6)
    # Errors are flat within 2**-7, which is 0.45 % as a deviation.
    assert abs((result / energy - 1).mean(dtype=np.float64)) < 5 * 0.0045 / np.sqrt(n)
    for limit in np.geomspace(0.7, 7, 40):
        moved = (result > limit).mean() - (energy > limit).mean()
        # Of cells within a step of the limit, 0.3 % of all, half go either way; rounding to the nearest
        # moves up to half of them.
        near = (np.abs(energy / limit - 1) < 2.0**-6).sum()
        assert abs(moved) * n < 5 * np.sqrt(near / 4) + 1


def test_rounding_to_the_nearest_would_move_spectra() -> None:
    """The test above can fail."""
    rng = np.random.default_rng(1)
    energy = rng.uniform(0.5, 8, 100_000)
    step = 2.0 ** (np.floor(np.log2(energy)) - 6)
    nearest = np.round(energy / step) * step
    near = (np.abs(energy / 5.04 - 1) < 2.0**-6).sum()
    moved = (nearest > 5.04).sum() - (energy > 5.04).sum()
    assert abs(moved) > 5 * np.sqrt(near / 4)


def test_what_16_bits_cannot_hold() -> None:
    assert encode(np.array([[0, 1e-10]], np.float32), 10).tolist() == [[0, 0]]
    for wrong in (1e11, np.inf, np.nan):
        with pytest.raises(ValueError, match="below"):
            encode(np.array([[wrong]], np.float32), 10)
    for bits in (0, 11):
        with pytest.raises(ValueError, match="1 to 10"):
            encode(np.ones((1, 1), np.float32), bits)


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
    np.testing.assert_allclose(result.energy, showers.energy, rtol=2.0**-bits)
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


@pytest.mark.parametrize("mesh", [MESH, Mesh(4.65, 5.05, 3, 5, 7)])
def test_files_without_order_and_dither_are_read_as_they_were_written(
    tmp_path: Path, mesh: Mesh
) -> None:
    showers = some_showers(mesh=mesh)
    cells = showers.energy.reshape(len(showers), -1)
    kept = (cells.view(np.uint32) >> 13) << 13
    path = pack(tmp_path / "packed.h5", showers, mesh=mesh)
    with h5py.File(path, "r+") as file:
        del file["filled"].attrs["order"], file["energy_codes"].attrs["dither"]
        file["filled"][:] = np.packbits(cells > 0, axis=1)
        file["energy_codes"][:] = (kept[cells > 0] >> 13) - (97 << 10)
    with LemursFile(path, mesh.shape) as file:
        assert np.array_equal(
            file.read().energy, kept.view(np.float32).reshape(showers.energy.shape)
        )


def test_neighbours_in_azimuth_lie_together(tmp_path: Path) -> None:
    showers = some_showers()
    with h5py.File(pack(tmp_path / "packed.h5", showers)) as file:
        bits = np.unpackbits(file["filled"][:], axis=1, count=MESH.n_r * MESH.n_phi * MESH.n_z)
        assert file["filled"].attrs["order"] == "r, z, phi"
    expected = (showers.energy > 0).transpose(0, 1, 3, 2)
    assert np.array_equal(bits.reshape(expected.shape), expected)


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
        (
            lambda file: file["energy_codes"].attrs.create("dither", -1),
            "'dither' of 'energy_codes' is -1",
        ),
        (
            _replace("energy_codes", lambda codes: codes * (codes != codes[0])),
            "do not fit one another",
        ),
        (lambda file: file["filled"].attrs.create("order", [1, 2]), "install a newer one"),
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
