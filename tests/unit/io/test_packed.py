"""Unpacking chunks side by side gives what HDF5 gives, and leaves to HDF5 what it should."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench.errors import ShowerFileError
from calobench.io import LemursFile, packed, write_lemurs
from calobench.io.hdf5 import read_rows
from calobench.io.packed import unpack_rows
from calobench.showers import Conditions, Showers

pytestmark = pytest.mark.usefixtures("library")

USUAL: dict[str, Any] = {"chunks": (4, 3, 5), "compression": "gzip", "shuffle": True}


@pytest.fixture(params=["deflate", "zlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is of both libraries that unpack."""
    if request.param == "zlib":
        monkeypatch.setattr(packed, "_DEFLATE", None)
    elif packed._DEFLATE is None:
        pytest.skip("deflate is not installed")


def stored(path: Path, values: np.ndarray, **layout: Any) -> h5py.File:
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=values, **layout)
    return h5py.File(path)


@pytest.mark.parametrize("shuffle", [True, False], ids=["shuffled", "not shuffled"])
@pytest.mark.parametrize("chunks", [(4, 3, 5), (4, 2, 5), (5, 2, 3), (1, 1, 5), (11, 3, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint8])
def test_rows_are_those_of_hdf5(
    tmp_path: Path, dtype: type, chunks: tuple[int, ...], shuffle: bool
) -> None:
    values: np.ndarray = (np.random.default_rng(1).random((11, 3, 5)) * 100).astype(dtype)
    layout: dict[str, Any] = {"chunks": chunks, "compression": "gzip", "shuffle": shuffle}
    with stored(tmp_path / "a.h5", values, **layout) as file:
        for rows in (slice(0, 11), slice(0, 4), slice(3, 5), slice(7, 8), slice(10, 11)):
            rows_read = unpack_rows(file["x"], rows)
            assert rows_read is not None
            assert rows_read.dtype == dtype
            np.testing.assert_array_equal(rows_read, values[rows])


@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"chunks": (4, 3, 5)},
        {"chunks": (4, 3, 5), "compression": "lzf"},
        {**USUAL, "fletcher32": True},
        {**USUAL, "dtype": ">f4"},
    ],
    ids=["contiguous", "plain", "other packing", "checksums", "other byte order"],
)
def test_other_layouts_are_left_to_hdf5(tmp_path: Path, layout: dict[str, Any]) -> None:
    values = np.arange(11 * 15, dtype=np.float32).reshape(11, 3, 5)
    with stored(tmp_path / "a.h5", values, **layout) as file:
        assert unpack_rows(file["x"], slice(0, 11)) is None


def test_chunks_never_written_are_left_to_hdf5(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("x", (8, 3, 5), np.float32, **USUAL, fillvalue=7)
        dataset[:4] = 1
        assert unpack_rows(dataset, slice(0, 8)) is None


def test_chunks_written_without_filters_are_left_to_hdf5(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("x", (4, 3, 5), np.float32, **USUAL)
        dataset.id.write_direct_chunk((0, 0, 0), np.ones(60, np.float32).tobytes(), 0b11)
    with h5py.File(tmp_path / "a.h5") as file:
        assert unpack_rows(file["x"], slice(0, 4)) is None


def test_what_is_not_gzip_is_left_to_hdf5_which_knows_whether_it_is_damaged(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("x", (4, 3, 5), np.float32, **USUAL)
        dataset.id.write_direct_chunk((0, 0, 0), b"not gzip")
        assert unpack_rows(dataset, slice(0, 4)) is None
        with pytest.raises(ShowerFileError, match="damaged, 'x' cannot be read"):
            read_rows(dataset, slice(None), tmp_path / "a.h5")


@pytest.mark.parametrize("cells", [0, 59, 61, 10**6])
def test_a_chunk_of_another_size_is_an_error(tmp_path: Path, cells: int) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("x", (4, 3, 5), np.float32, **USUAL)
        dataset.id.write_direct_chunk((0, 0, 0), zlib.compress(bytes(4 * cells)))
        with pytest.raises(ValueError, match="does not hold the 240 bytes"):
            unpack_rows(dataset, slice(0, 4))


def test_deflate_is_used_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if packed._DEFLATE is None:
        return
    monkeypatch.setattr(packed, "zlib", None)
    values = np.arange(11 * 15, dtype=np.float32).reshape(11, 3, 5)
    with stored(tmp_path / "a.h5", values, **USUAL) as file:
        rows_read = unpack_rows(file["x"], slice(0, 11))
    np.testing.assert_array_equal(rows_read, values)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_threads_reads_the_same(tmp_path: Path, workers: int) -> None:
    rng = np.random.default_rng(2)
    energy = rng.exponential(size=(230, 9, 16, 45)).astype(np.float32)
    energy[energy < 1] = 0
    conditions = Conditions(rng.uniform(1e3, 1e5, 230), np.full(230, 1.5), np.zeros(230))
    write_lemurs(tmp_path / "a.h5", [Showers(energy, conditions)])
    with LemursFile(tmp_path / "a.h5") as file:
        chunks = list(file.chunks(30, workers))
        np.testing.assert_array_equal(np.concatenate([c.energy for c in chunks]), energy)
        assert [len(chunk) for chunk in file.chunks(30, workers, stop=70)] == [30, 30, 10]
        np.testing.assert_array_equal(file.read().energy, energy)


@pytest.mark.parametrize("workers", [1, 3])
def test_the_first_bad_shower_is_named(tmp_path: Path, workers: int) -> None:
    energy = np.ones((40, 9, 16, 45), np.float32)
    energy[[13, 31], 0, 0, 0] = np.nan, -1
    path = tmp_path / "a.h5"
    write_lemurs(path, [Showers(energy, Conditions(np.ones(40), np.ones(40), np.ones(40)))])
    with (
        LemursFile(path) as file,
        pytest.raises(ShowerFileError, match="holds NaN in shower 13;"),
    ):
        list(file.chunks(5, workers))
