"""Showers kept as the cells that are filled: a bit for each cell, 16 bits for each that has energy.

Two thirds of the cells of a shower are empty, and no observable sees more than three digits of the others.
A file of this kind has, in place of ``showers``,

- ``filled`` (N, ceil(cells / 8)) uint8: a bit for each cell, highest bit first, in the order of the attribute
  ``order``: ``r, z, phi``, in which neighbouring bits are most alike, or without it ``r, phi, z``;
- ``filled_cells`` (N,): how many are set;
- ``energy_codes`` (M,) uint16: energies of the filled cells of all showers, one after the other, in the same
  order. A code is the upper bits of the number as float32, counted from 2**-30 MeV; the attribute
  ``mantissa_bits`` says how many of the mantissa there are. With the attribute ``dither``, a whole number D,
  what was cut to these bits was the number plus a part of a step of the code, u = (i D mod 2**32) / 2**32 for
  cell i of a shower (in the order above), and what is read is the code plus 1/2 - u. Without it the bits that
  are missing are zero.

With dither (L. G. Roberts, IRE Trans. Inf. Theory 8 (1962) 145) errors are flat within half a step whatever
the energy, so that on average they move no cells across the edges of bins: with rounding to the nearest, a
step of 0.8 to 1.6 % moves up to 5 % of the cells of a bin of the spectrum. Any HDF5 library unpacks such a
file: the filters are shuffle and gzip.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.hdf5 import open_dataset, read_rows

__all__ = [
    "DITHER",
    "MAX_MANTISSA_BITS",
    "NAMES",
    "ORDER",
    "SparseCells",
    "decode",
    "encode",
    "sparse_rows",
]

NAMES = ("filled", "filled_cells", "energy_codes")
MAX_MANTISSA_BITS = 10
"""With as many, 16 bits reach from 1e-9 MeV to 1.7e10 MeV."""
ORDER = "r, z, phi"
"""Of the cells in files that are written."""
DITHER = 2654435769
"""2**32 times the golden ratio: parts of a step of neighbouring cells are spread evenly (Knuth, The Art of
Computer Programming 3, 6.4)."""
_FLOAT32_MANTISSA = 23
_FLOAT32_BIAS = 127
_LOWEST_EXPONENT = -30


def encode(energy: NDArray[np.float32], mantissa_bits: int) -> NDArray[np.uint16]:
    """Codes of energies, with dither; 0 where there are less than 2**-30 MeV.

    Args:
        energy: MeV, not negative, below 1.7e10; (N, cells).
        mantissa_bits: 1 to 10; what is read differs by at most 2**-(mantissa_bits + 1).

    Raises:
        ValueError: an energy or the number of bits is outside.
    """
    if not 1 <= mantissa_bits <= MAX_MANTISSA_BITS:
        raise ValueError(f"mantissa_bits is {mantissa_bits}; give 1 to {MAX_MANTISSA_BITS}")
    dropped = _FLOAT32_MANTISSA - mantissa_bits
    bits = np.ascontiguousarray(energy, np.float32).view(np.int32).astype(np.int64)
    bits += _parts(np.arange(energy.shape[-1]), dropped, DITHER)
    codes = (bits >> dropped) - _offset(mantissa_bits)
    if codes.size and codes.max() > np.iinfo(np.uint16).max:
        raise ValueError("energies must be below 1.7e10 MeV, and not negative")
    positive: NDArray[np.uint16] = np.maximum(codes, 0).astype(np.uint16)
    return positive


def decode(
    codes: NDArray[np.uint16], cells: NDArray[np.intp], mantissa_bits: int, dither: int | None
) -> NDArray[np.float32]:
    """Energies of the codes of filled cells, MeV.

    Args:
        codes: above 0, (M,).
        cells: places of the cells in their shower, (M,).
        mantissa_bits: that there are.
        dither: number from which each cell's part of a step follows; None: codes are lower edges.
    """
    dropped = _FLOAT32_MANTISSA - mantissa_bits
    bits = (codes.astype(np.uint32) + np.uint32(_offset(mantissa_bits))) << np.uint32(dropped)
    if dither is not None:
        bits += np.uint32(1 << dropped - 1)
        bits -= _parts(cells, dropped, dither)
    return bits.view(np.float32)


def _parts(cells: NDArray[np.intp], dropped: int, dither: int) -> NDArray[np.uint32]:
    """Parts of a step of the code, in units of the last bit of float32, for places of cells."""
    turned = cells.astype(np.uint32) * np.uint32(dither)  # modulo 2**32
    return turned >> np.uint32(32 - dropped)


def _offset(mantissa_bits: int) -> int:
    return (_FLOAT32_BIAS + _LOWEST_EXPONENT) << mantissa_bits


class SparseCells:
    """The cells of all showers of a file, read as rows of (R, PHI, Z).

    Args:
        file: the open file.
        path: its path, for messages.
        shape: (R, PHI, Z), the shape that one shower must have.

    Raises:
        ShowerFileError: a data set is missing, or they do not fit one another or the mesh.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, file: h5py.File, path: Path, shape: tuple[int, int, int]) -> None:
        self._path, self._cells = path, int(np.prod(shape))
        self._filled, counts, self._codes = (open_dataset(file, name, path) for name in NAMES)
        self.shape = (len(self._filled), *shape)
        width = -(-self._cells // 8)
        if self._filled.shape[1:] != (width,) or self._filled.dtype != np.uint8:
            raise ShowerFileError(
                f"{path}: 'filled' has the shape {self._filled.shape} and the type {self._filled.dtype}; "
                f"a mesh of {shape} has {width} bytes per shower: give the detector YAML with its mesh"
            )
        if self._codes.ndim != 1 or self._codes.dtype != np.uint16:
            raise ShowerFileError(
                f"{path}: 'energy_codes' holds {self._codes.ndim}-dimensional {self._codes.dtype}; "
                "write the file anew with calobench convert --packed 10"
            )
        self._mantissa_bits = self._attribute("mantissa_bits", 1, MAX_MANTISSA_BITS)
        self._dither = None
        if "dither" in self._codes.attrs:
            self._dither = self._attribute("dither", 0, 2**32 - 1)
        order = self._filled.attrs.get("order")
        if order is not None and not (isinstance(order, str) and order == ORDER):
            raise ShowerFileError(
                f"{path}: attribute 'order' of 'filled' is {order!r}; this calobench knows '{ORDER}': "
                "install a newer one"
            )
        self._by_layer = order is not None
        lengths = read_rows(counts, slice(None), path)
        if (
            lengths.shape != (len(self),)
            or np.any(lengths < 0)
            or lengths.sum() != len(self._codes)
        ):
            raise self._damaged()
        self._first = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])

    def __len__(self) -> int:
        """Number of showers."""
        return self.shape[0]

    def read(self, rows: slice) -> NDArray[np.float32]:
        """Showers ``rows.start`` to ``rows.stop``, MeV, (n, R, PHI, Z).

        Raises:
            ShowerFileError: that part of the file is damaged.
        """
        start, stop, _ = rows.indices(len(self))
        packed = read_rows(self._filled, slice(start, stop), self._path)
        filled = np.unpackbits(packed, axis=1, count=self._cells).astype(bool)
        if np.any(filled.sum(axis=1) != np.diff(self._first[start : stop + 1])):
            raise self._damaged()
        part = slice(int(self._first[start]), int(self._first[stop]))
        codes = read_rows(self._codes, part, self._path)
        if not codes.all():
            raise self._damaged()
        cells = np.nonzero(filled)[1]
        energy = np.zeros(filled.shape, np.float32)
        energy[filled] = decode(codes, cells, self._mantissa_bits, self._dither)
        n_r, n_phi, n_z = self.shape[1:]
        if not self._by_layer:
            return energy.reshape(-1, n_r, n_phi, n_z)
        return np.ascontiguousarray(energy.reshape(-1, n_r, n_z, n_phi).swapaxes(2, 3))

    def _attribute(self, name: str, least: int, most: int) -> int:
        """A whole number that belongs to the codes."""
        value = self._codes.attrs.get(name)
        if not isinstance(value, int | np.integer) or not least <= value <= most:
            raise ShowerFileError(
                f"{self._path}: attribute '{name}' of 'energy_codes' is {value}; it must be a whole number "
                f"from {least} to {most}"
            )
        return int(value)

    def _damaged(self) -> ShowerFileError:
        return ShowerFileError(
            f"{self._path}: 'filled', 'filled_cells' and 'energy_codes' do not fit one another; "
            "the file is damaged: get it anew"
        )


def sparse_rows(
    energy: NDArray[np.float32], mantissa_bits: int
) -> tuple[dict[str, NDArray[Any]], NDArray[np.uint16]]:
    """Showers as they are stored: a row for each of ``filled`` and ``filled_cells``, and the codes.

    Args:
        energy: MeV, (n, R, PHI, Z).
        mantissa_bits: see :func:`encode`.
    """
    codes = encode(energy.swapaxes(2, 3).reshape(len(energy), -1), mantissa_bits)
    filled = codes > 0
    rows = {
        "filled": np.packbits(filled, axis=1),
        "filled_cells": filled.sum(axis=1, dtype=np.int32),
    }
    return rows, codes[filled]
