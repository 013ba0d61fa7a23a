"""Opening and reading HDF5 so that whatever is wrong with a file becomes one clear line."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench._util.files import UnreadableError, require_readable
from calobench.errors import ShowerFileError
from calobench.io.diagnosis import (
    has_hdf5_signature,
    not_hdf5,
    require_filters,
    require_written,
    unreadable,
)
from calobench.io.packed import unpack_rows
from calobench.io.untrusted import require_here, require_room, require_survivable

__all__ = [
    "holds_numbers",
    "names_in",
    "open_dataset",
    "open_hdf5",
    "open_lists",
    "read_attributes",
    "read_rows",
]

# What h5py raises for damaged content; the class depends on which structure is hit.
_H5PY_ERRORS = (
    OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, AttributeError,
    MemoryError, SystemError,
)  # fmt: skip
_NUMBERS = "fiu"  # kinds of numpy types


def open_hdf5(path: Path) -> h5py.File:
    """Open ``path`` for reading.

    Raises:
        ShowerFileError: it is missing, no file, forbidden, not HDF5, or damaged.
    """
    try:
        require_readable(path)
    except UnreadableError as error:
        raise ShowerFileError(f"cannot read {path}: {error}") from error
    if not has_hdf5_signature(path):
        raise not_hdf5(path)
    require_survivable(path)
    try:
        return h5py.File(path, "r")
    except _H5PY_ERRORS as error:
        raise unreadable(path, "the file", error) from error


def names_in(file: h5py.File, path: Path) -> list[str]:
    """Names of the data sets and groups at the top of the file.

    Raises:
        ShowerFileError: they are damaged.
    """
    try:
        return list(file)
    except _H5PY_ERRORS as error:
        raise unreadable(path, "the list of data sets", error) from error


def holds_numbers(file: h5py.File, name: str, path: Path) -> bool:
    """Whether ``name`` is a data set of real numbers, and no group, text or anything else.

    Raises:
        ShowerFileError: it is damaged, or lies in another file.
    """
    try:
        require_here(file, name, path)
        entry = file[name]
        return isinstance(entry, h5py.Dataset) and entry.dtype.kind in _NUMBERS
    except TypeError:
        return False  # a type that numpy does not have
    except _H5PY_ERRORS as error:
        raise unreadable(path, f"'{name}'", error) from error


def open_dataset(file: h5py.File, name: str, path: Path, hint: str = "") -> h5py.Dataset:
    """The data set ``name`` of real numbers in ``file``.

    Args:
        file: the open file.
        name: name of the data set.
        path: path of the file, for messages.
        hint: how to mend the file if the data set is missing.

    Raises:
        ShowerFileError: it is missing, is not a data set, does not hold real numbers, was written in part
            only, or is packed with a filter that is not installed.
    """
    dataset = _find(file, name, path, hint)
    if dataset.dtype.kind not in _NUMBERS:
        raise ShowerFileError(
            f"{path}: '{name}' holds values of type {dataset.dtype}; write it as float32 or float64"
        )
    try:
        require_filters(dataset, path)
        require_written(dataset, path)
    except _H5PY_ERRORS as error:
        raise unreadable(path, f"'{name}'", error) from error
    return dataset


def open_lists(file: h5py.File, name: str, path: Path) -> h5py.Dataset:
    """The data set ``name`` of lists of real numbers, of any length each, (N,).

    Raises:
        ShowerFileError: it is missing, is not a data set, or does not hold such lists.
    """
    dataset = _find(file, name, path, "")
    of = h5py.check_vlen_dtype(dataset.dtype)
    if of is None or of.kind not in _NUMBERS or dataset.ndim != 1:
        raise ShowerFileError(
            f"{path}: '{name}' has the shape {dataset.shape} and the type {dataset.dtype}; it must be (N,) "
            "lists of variable length, with the numbers of each shower"
        )
    return dataset


def _find(file: h5py.File, name: str, path: Path, hint: str) -> h5py.Dataset:
    """The data set ``name`` of any type.

    Raises:
        ShowerFileError: it is missing, damaged, or is not a data set.
    """
    names = names_in(file, path)
    try:
        if name in names:
            require_here(file, name, path)
        entry = file[name] if name in names else None
        dtype = entry.dtype if isinstance(entry, h5py.Dataset) else None
    except _H5PY_ERRORS as error:
        raise unreadable(path, f"'{name}'", error) from error
    if entry is None:
        listed = ", ".join(f"'{n}'" for n in names[:10]) or "nothing"
        close = difflib.get_close_matches(name, names, n=1)
        if close:
            hint = hint or f"rename '{close[0]}' to '{name}' if that is what it is"
        hint = hint or "rename the data sets, or write the file with calobench.io.write_lemurs"
        raise ShowerFileError(f"{path} has no data set '{name}', it holds {listed}; {hint}")
    if dtype is None:
        raise ShowerFileError(f"{path}: '{name}' is a group; it must be a data set of numbers")
    return entry


def read_rows(dataset: h5py.Dataset, rows: slice, path: Path) -> NDArray[Any]:
    """Rows of a data set, read side by side where several threads ask.

    Raises:
        ShowerFileError: that part of the file is damaged or needs a missing HDF5 filter.
    """
    try:
        first, stop, _ = rows.indices(len(dataset))
        require_room(dataset, stop - first, path)
        unpacked = unpack_rows(dataset, slice(first, stop)) if first < stop else None
        return np.asarray(dataset[rows]) if unpacked is None else unpacked
    except _H5PY_ERRORS as error:
        raise unreadable(path, f"'{dataset.name.lstrip('/')}'", error) from error


def read_attributes(file: h5py.File, path: Path) -> dict[str, Any]:
    """Attributes of the file: texts as ``str``, however they are stored; an array of one value as the value.

    Raises:
        ShowerFileError: they are damaged.
    """
    try:
        attributes = dict(file.attrs)
    except _H5PY_ERRORS as error:
        raise unreadable(path, "the list of attributes", error) from error
    return {_writable(name): _plain(value) for name, value in attributes.items()}


def _plain(value: Any) -> Any:
    """C++, Julia, R and MATLAB write texts of fixed length, padded, and arrays of one value."""
    while isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return _writable(value).rstrip("\0 ") if isinstance(value, str) else value


def _writable(text: str) -> str:
    """The text with a mark in place of bytes that are no UTF-8: h5py gives these, but does not write them."""
    return text.encode(errors="surrogateescape").decode(errors="replace")
