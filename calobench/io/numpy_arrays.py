"""Arrays in ``.npy`` and ``.npz`` files: nothing is unpickled, and nothing is believed before it is there."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from calobench._util.damage import DAMAGED_ARRAYS
from calobench._util.memory import require_memory
from calobench.errors import ShowerFileError

__all__ = ["StoredArray", "array_of", "arrays_in"]


class StoredArray(NamedTuple):
    """An array in a file, of which only the head was read.

    Attributes:
        name: what it is called.
        shape: its shape.
        dtype: its type.
        read: reads it, or maps it where it is.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[], NDArray[Any]]


def array_of(path: Path) -> StoredArray:
    """The array of a ``.npy`` file.

    Raises:
        ShowerFileError: it is damaged, or holds Python objects.
    """
    try:
        with path.open("rb") as stream:
            shape, dtype = _head(stream, path, path.name)
            there = path.stat().st_size - stream.tell()
    except DAMAGED_ARRAYS as error:
        raise _damaged(path, error) from error
    size = math.prod(shape) * dtype.itemsize
    if there < size:
        raise ShowerFileError(
            f"{path} is truncated: {there} of {size} bytes are there; copy or make it again"
        )
    return StoredArray(path.stem, shape, dtype, lambda: _mapped(path))


def arrays_in(path: Path) -> dict[str, StoredArray]:
    """The arrays of a ``.npz`` file by name.

    Raises:
        ShowerFileError: it is damaged, or holds Python objects.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                name = member.removesuffix(".npy")
                with archive.open(member) as stream:
                    shape, dtype = _head(stream, path, f"'{name}'")
                arrays[name] = StoredArray(name, shape, dtype, _reader(path, member))
    except DAMAGED_ARRAYS as error:
        raise _damaged(path, error) from error
    return arrays


def _head(stream: IO[bytes], path: Path, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array, from its head."""
    version = npy.read_magic(stream)
    if version not in {(1, 0), (2, 0)}:
        raise ValueError(f"it is of version {version}")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise ShowerFileError(
            f"{path}: {name} holds Python objects, and nothing is unpickled from a file; save plain numbers, "
            "such as numpy.stack(...).astype('float32')"
        )
    return shape, dtype


def _mapped(path: Path) -> NDArray[Any]:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except DAMAGED_ARRAYS as error:
        raise _damaged(path, error) from error


def _reader(path: Path, member: str) -> Callable[[], NDArray[Any]]:
    def read() -> NDArray[Any]:
        try:
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                shape, dtype = _head(stream, path, member)
            require_memory(math.prod(shape) * dtype.itemsize, f"'{member}' of {path}")
            with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
                array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
                return array
        except MemoryError as error:
            raise ShowerFileError(f"{path}: {error}; give it in several files") from error
        except DAMAGED_ARRAYS as error:
            raise _damaged(path, error) from error

    return read


def _damaged(path: Path, error: Exception) -> ShowerFileError:
    reason = " ".join(str(error).split())
    return ShowerFileError(f"{path} is damaged ({reason[:120]}); copy or make it again")
