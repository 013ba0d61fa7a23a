"""Reading shuffled and gzipped HDF5 data sets on several cores.

HDF5 unpacks one chunk at a time and lets nobody else do anything meanwhile. Here it only hands over
the packed bytes; unpacking them takes no lock, so that threads do it side by side, with what comes of
it. Whatever a data set has that is out of the ordinary is left to HDF5.
"""

from __future__ import annotations

import zlib
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

__all__ = ["unpack_rows"]

_SHUFFLED_AND_GZIPPED = (h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE)


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
    if not _is_shuffled_and_gzipped(dataset):
        return None
    depth, row = dataset.chunks[0], dataset.shape[1:]
    cells = int(np.prod(row))
    unpacked = np.empty((rows.stop - rows.start, *row), dataset.dtype)
    bytes_of_cells = unpacked.view(np.uint8).reshape(len(unpacked), cells, dataset.dtype.itemsize)
    for start in range(rows.start - rows.start % depth, rows.stop, depth):
        planes = _unpacked(dataset, start)
        if planes is None:
            return None
        first, last = max(rows.start, start), min(rows.stop, start + depth)
        target = bytes_of_cells[first - rows.start : last - rows.start]
        for k, plane in enumerate(planes):
            target[:, :, k] = plane.reshape(depth, cells)[first - start : last - start]
    return unpacked


def _is_shuffled_and_gzipped(dataset: h5py.Dataset) -> bool:
    """Whether chunks hold whole rows, packed so, of numbers that are in the file as in memory."""
    if dataset.dtype.hasobject:  # numbers of variable length lie elsewhere in the file
        return False
    if dataset.chunks is None or dataset.chunks[1:] != dataset.shape[1:]:
        return False
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(k) for k in range(properties.get_nfilters())]
    return (
        tuple(number for number, *_ in filters) == _SHUFFLED_AND_GZIPPED
        # The type in the file may have fewer bits, another offset or another order of bytes.
        and dataset.dtype.isnative
        and dataset.id.get_type().equal(h5py.h5t.py_create(dataset.dtype))
        # By how many bytes were shuffled.
        and filters[0][2] == (dataset.dtype.itemsize,)
    )


def _unpacked(dataset: h5py.Dataset, start: int) -> NDArray[np.uint8] | None:
    """The chunk from row ``start``: first bytes of all its numbers, second ones ..., (bytes, ...)."""
    place = (start, *(0 for _ in dataset.shape[1:]))
    if dataset.id.get_chunk_info_by_coord(place).byte_offset is None:
        return None  # never written: it holds the fill value
    skipped, packed = dataset.id.read_direct_chunk(place)
    if skipped:
        return None
    size, itemsize = int(np.prod(dataset.chunks)), dataset.dtype.itemsize
    unpacker = zlib.decompressobj()
    try:
        # No more than a chunk holds, whatever the file says.
        unpacked = unpacker.decompress(packed, size * itemsize)
    except zlib.error:
        return None  # damaged, or a chunk at the edge that was left as it is
    if len(unpacked) != size * itemsize or not unpacker.eof:
        # HDF5 would take it, with whatever is in memory behind it.
        raise ValueError(f"a chunk does not hold the {size * itemsize} bytes that it should")
    return np.frombuffer(unpacked, np.uint8).reshape(itemsize, size)
