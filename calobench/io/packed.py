"""Reading gzipped HDF5 data sets on several cores.

HDF5 unpacks one chunk at a time and lets nobody else do anything meanwhile. Here it only hands over
the packed bytes; unpacking them takes no lock, so that threads do it side by side, with what comes of
it. Whatever a data set has that is out of the ordinary is left to HDF5. The package ``deflate``, where it
is installed, unpacks with libdeflate, which takes half the time of zlib.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import itertools
import math
import zlib
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

__all__ = ["unpack_rows"]

_SHUFFLED_AND_GZIPPED = (h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE)
_GZIPPED = (h5py.h5z.FILTER_DEFLATE,)

_DEFLATE: Any = importlib.import_module("deflate") if importlib.util.find_spec("deflate") else None

_Slices = tuple[slice, ...]


def unpack_rows(dataset: h5py.Dataset, rows: slice) -> NDArray[Any] | None:
    """Rows ``rows.start`` to ``rows.stop`` of a data set.

    Args:
        dataset: an open data set.
        rows: of step 1, not empty, within the data set.

    Returns:
        (n, ...) in the type of the data set; None if HDF5 has to read it, or to say what is damaged.

    Raises:
        ValueError: a chunk holds too few or too many numbers.
        OSError: it cannot be read.
    """
    chunk, dtype = dataset.chunks, dataset.dtype
    filters = _filters(dataset)
    if filters is None:
        return None
    unpacked = np.empty((rows.stop - rows.start, *dataset.shape[1:]), dtype)
    bytes_of_numbers = unpacked.view(np.uint8).reshape(*unpacked.shape, dtype.itemsize)
    for place, target, part in _chunks(rows, dataset.shape, chunk):
        content = _unpacked(dataset.id, place, math.prod(chunk) * dtype.itemsize)
        if content is None:
            return None
        if filters == _GZIPPED:
            unpacked[target] = np.frombuffer(content, dtype).reshape(chunk)[part]
            continue
        # Shuffled: first bytes of all numbers, second ones ...
        planes = np.frombuffer(content, np.uint8).reshape(dtype.itemsize, *chunk)
        for k, plane in enumerate(planes):
            bytes_of_numbers[..., k][target] = plane[part]
    return unpacked


def _filters(dataset: h5py.Dataset) -> tuple[int, ...] | None:
    """Filters of the chunks; None if they are unusual, or of numbers that are otherwise in memory."""
    if (
        dataset.chunks is None or dataset.dtype.hasobject
    ):  # variable length: lies elsewhere in the file
        return None
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(k) for k in range(properties.get_nfilters())]
    numbers = tuple(number for number, *_ in filters)
    if numbers not in (_GZIPPED, _SHUFFLED_AND_GZIPPED):
        return None
    # By how many bytes they are shuffled.
    if numbers == _SHUFFLED_AND_GZIPPED and filters[0][2] != (dataset.dtype.itemsize,):
        return None
    # The type in the file may have fewer bits, another offset or another order of bytes.
    same = dataset.dtype.isnative and dataset.id.get_type().equal(h5py.h5t.py_create(dataset.dtype))
    return numbers if same else None


def _chunks(
    rows: slice, shape: tuple[int, ...], chunk: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], _Slices, _Slices]]:
    """Place of each chunk that holds some of the rows, where they go, and which part of it they are."""
    axes = []
    for first, stop, depth in zip(
        (rows.start, *(0 for _ in shape[1:])), (rows.stop, *shape[1:]), chunk, strict=True
    ):
        axis = []
        for start in range(first - first % depth, stop, depth):
            begin, end = max(first, start), min(stop, start + depth)
            axis.append(
                (start, slice(begin - first, end - first), slice(begin - start, end - start))
            )
        axes.append(axis)
    for along in itertools.product(*axes):
        place, target, part = zip(*along, strict=True)
        yield place, target, part


def _unpacked(
    dataset: h5py.h5d.DatasetID, place: tuple[int, ...], size: int
) -> bytes | bytearray | None:
    """The chunk at a place, as its filters before gzip left it."""
    try:
        skipped, packed = dataset.read_direct_chunk(place)
    except (OSError, RuntimeError):
        return None  # never written, so that it holds the fill value, or damaged
    if skipped:
        return None
    if _DEFLATE is not None:
        with contextlib.suppress(_DEFLATE.DeflateError):  # zlib says what is wrong
            quick: bytearray = _DEFLATE.zlib_decompress(packed, size)
            if len(quick) == size:
                return quick
    unpacker = zlib.decompressobj()
    try:
        # No more than a chunk holds, whatever the file says.
        content = unpacker.decompress(packed, size)
    except zlib.error:
        return None  # damaged, or a chunk at the edge that was left as it is
    if len(content) != size or not unpacker.eof:
        # HDF5 would take it, with whatever is in memory behind it.
        raise ValueError(f"a chunk does not hold the {size} bytes that it should")
    return content
