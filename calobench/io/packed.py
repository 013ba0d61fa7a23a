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
        (n, ...) in the type of the data set; None if HDF5 has to read it.

    Raises:
        ValueError: a chunk is damaged.
        OSError: it cannot be read.
    """
    if not _is_shuffled_and_gzipped(dataset):
        return None
    depth, row = dataset.chunks[0], dataset.shape[1:]
    cells = int(np.prod(row))
    found = np.empty((rows.stop - rows.start, *row), dataset.dtype)
    bytes_of_cells = found.view(np.uint8).reshape(len(found), cells, dataset.dtype.itemsize)
    for start in range(rows.start - rows.start % depth, rows.stop, depth):
        planes = _unpacked(dataset, start)
        if planes is None:
            return None
        first, last = max(rows.start, start), min(rows.stop, start + depth)
        target = bytes_of_cells[first - rows.start : last - rows.start]
        for k, plane in enumerate(planes):
            target[:, :, k] = plane.reshape(depth, cells)[first - start : last - start]
    return found


def _is_shuffled_and_gzipped(dataset: h5py.Dataset) -> bool:
    """Whether chunks hold whole rows and have these two filters, in the byte order of the machine."""
    if dataset.chunks is None or dataset.chunks[1:] != dataset.shape[1:]:
        return False
    properties = dataset.id.get_create_plist()
    filters = tuple(properties.get_filter(k)[0] for k in range(properties.get_nfilters()))
    return filters == _SHUFFLED_AND_GZIPPED and dataset.dtype.isnative


def _unpacked(dataset: h5py.Dataset, start: int) -> NDArray[np.uint8] | None:
    """The chunk from row ``start``: first bytes of all its numbers, second ones ..., (bytes, ...)."""
    place = (start, *(0 for _ in dataset.shape[1:]))
    if dataset.id.get_chunk_info_by_coord(place).byte_offset is None:
        return None  # never written: it holds the fill value
    skipped, packed = dataset.id.read_direct_chunk(place)
    if skipped:
        return None
    size, itemsize = int(np.prod(dataset.chunks)), dataset.dtype.itemsize
    try:
        unpacked = zlib.decompress(packed, bufsize=size * itemsize)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(unpacked) != size * itemsize:
        raise ValueError(f"a chunk holds {len(unpacked)} bytes instead of {size * itemsize}")
    return np.frombuffer(unpacked, np.uint8).reshape(itemsize, size)
