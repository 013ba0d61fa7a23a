"""A file that cannot be read is called what it is, and what looks whole and is not is refused."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench.errors import ShowerFileError
from calobench.io import LemursFile

Write = Callable[..., Path]


def _npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ones(3))
    return stream.getvalue()


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", "b")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", _npy(), r"it is a numpy array .*; calobench convert makes"),
        ("a.npz", _zip(), r"it is a zip archive"),
        ("a.pt", _zip(), r"it is of torch; weights are no showers: give --model package"),
        ("a.onnx", b"\x08\x07\x12", r"it is a network \(.onnx\); weights are no showers"),
        ("a.root", b"root\0\0\xf3", r"it is a ROOT file"),
        ("a.h5", gzip.compress(b"x", mtime=0), r"it is packed with gzip; unpack it first"),
        ("a.h5", b"<!DOCTYPE html><p>404", r"it is a page of HTML or XML, as a failed download"),
        ("a.h5", b"version https://git-lfs.github.com/spec/v1", r"it is a pointer of Git LFS; fetch"),
        ("a.h5", b"energy,theta\n1,2\n", r"it is text"),
        ("a.h5", b"", r"it is empty; wait until it is written"),
        ("a.h5", bytes(range(128, 200)), r"it is a pickle; nothing is unpickled"),
        ("a.h5", b"\0\1\2", r"is not an HDF5 file; give a file"),
    ],
)  # fmt: skip
def test_other_formats_are_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ShowerFileError, match=message):
        LemursFile(path)


def packed(path: Path, code: int) -> Path:
    """A file whose showers claim to be packed with a filter; its bytes are as they are."""
    values = np.ones((10, 9, 16, 45), np.float32)
    with h5py.File(path, "r+") as file:
        del file["showers"]
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk(values.shape)
        properties.set_filter(code, h5py.h5z.FLAG_OPTIONAL, (1,))
        space = h5py.h5s.create_simple(values.shape)
        kind = h5py.h5t.py_create(values.dtype)
        dataset = h5py.h5d.create(file.id, b"showers", kind, space, properties)
        dataset.write_direct_chunk((0, 0, 0, 0), values.tobytes())
    return path


@pytest.mark.parametrize(
    ("code", "name"), [(32015, "Zstandard"), (32001, "Blosc"), (999, "unknown")]
)
def test_a_missing_filter_is_named(code: int, name: str, raw_file: Write) -> None:
    path = packed(raw_file(n=10), code)
    with pytest.raises(ShowerFileError, match=rf"{name} \(number {code}\).*hdf5plugin") as caught:
        LemursFile(path)
    assert "damaged" not in str(caught.value)


def test_a_file_that_is_being_written(raw_file: Write) -> None:
    path = raw_file()
    with h5py.File(path, "r+"), pytest.raises(ShowerFileError, match="another program writes it"):
        _open_elsewhere(path)


def _open_elsewhere(path: Path) -> None:
    """Opens a file in another process: HDF5 remembers the files that are open in this one."""
    import subprocess
    import sys

    code = f"from calobench.io import LemursFile\nfrom pathlib import Path\nLemursFile(Path({str(path)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    raise ShowerFileError(done.stderr.strip().splitlines()[-1])


def test_a_file_that_was_never_closed(tmp_path: Path) -> None:
    """A file as a killed job leaves it."""
    path, left = tmp_path / "whole.h5", tmp_path / "left.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["showers"] = np.ones(3)
        file.flush()
        left.write_bytes(path.read_bytes())
    with pytest.raises(ShowerFileError, match=r"was not closed by what writes it.*h5clear -s"):
        LemursFile(left)


@pytest.mark.parametrize("layout", ["chunked", "contiguous"])
@pytest.mark.parametrize("name", ["showers", "incident_theta"])
def test_parts_that_were_never_written(layout: str, name: str, raw_file: Write) -> None:
    path = raw_file(n=100)
    with h5py.File(path, "r+") as file:
        values = file[name][...]
        del file[name]
        chunks = {"chunks": (20, *values.shape[1:])} if layout == "chunked" else {}
        dataset = file.create_dataset(name, values.shape, values.dtype, **chunks)
        if chunks:
            dataset[:60] = values[:60]
    parts = "2 of 5" if layout == "chunked" else "1 of 1"
    with pytest.raises(ShowerFileError, match=f"{parts} parts of '{name}' were never written"):
        LemursFile(path)


def test_a_virtual_data_set_needs_its_files(raw_file: Write, tmp_path: Path) -> None:
    source = raw_file("part.h5")
    path = raw_file("whole.h5", showers=None)
    layout = h5py.VirtualLayout((4, 9, 16, 45), np.float32)
    layout[:] = h5py.VirtualSource("part.h5", "showers", shape=(4, 9, 16, 45))
    with h5py.File(path, "r+") as file:
        file.create_virtual_dataset("showers", layout)
    with LemursFile(path) as file:
        assert file.read().energy.min() == 1
    source.unlink()
    with pytest.raises(ShowerFileError, match=r"refers to part.h5, which is missing"):
        LemursFile(path)


@pytest.mark.parametrize(
    "value",
    [
        "FCCeeALLEGRO",
        b"FCCeeALLEGRO",
        np.bytes_(b"FCCeeALLEGRO    "),
        np.array([b"FCCeeALLEGRO"]),
        np.array([[b"FCCeeALLEGRO\0"]]),
        np.array(["FCCeeALLEGRO"], dtype=h5py.string_dtype()),
    ],
)
def test_a_text_is_a_text_however_it_is_stored(value: Any, raw_file: Write) -> None:
    path = raw_file()
    with h5py.File(path, "r+") as file:
        file.attrs["detector"] = value
        file.attrs["mesh_dr_mm"] = np.array([4.65])
    with LemursFile(path) as file:
        assert file.detector == "FCCeeALLEGRO"
        assert file.attributes["mesh_dr_mm"] == 4.65


@pytest.mark.parametrize("value", [3, np.array([b"ODD", b"CLD"])])
def test_a_detector_that_is_no_text_is_refused(value: Any, raw_file: Write) -> None:
    path = raw_file()
    with h5py.File(path, "r+") as file:
        file.attrs["detector"] = value
    with LemursFile(path) as file, pytest.raises(ShowerFileError, match="write it as one text"):
        _ = file.detector


def test_rounding_below_zero_counts_as_empty(raw_file: Write) -> None:
    cells = np.ones((4, 9, 16, 45), np.float32)
    cells[1, 8, 3, 40:] = -1e-9
    with LemursFile(raw_file(showers=cells)) as file:
        assert file.remarks() == ()
        assert np.count_nonzero(file.read().energy) == cells.size - 5
        (remark,) = file.remarks()
    assert "5 cells were below zero, by 1e-09 MeV at most" in remark
    cells[2, 0, 0, 0] = -1e-3
    with (
        LemursFile(raw_file(showers=cells)) as file,
        pytest.raises(ShowerFileError, match=r"negative energy \(-0.001 MeV\) in shower 2"),
    ):
        file.read()
