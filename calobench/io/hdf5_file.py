"""Base of all formats of HDF5 files of showers."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.errors import ShowerFileError
from calobench.io.columns import require_unweighted
from calobench.io.hdf5 import (
    holds_numbers,
    names_in,
    open_dataset,
    open_hdf5,
    read_attributes,
    read_rows,
)
from calobench.io.shower_file import LEMURS_SHAPE, ShowerFile

__all__ = ["Hdf5ShowerFile"]


class Hdf5ShowerFile(ShowerFile):
    """An HDF5 file of showers, open for reading; use it as a context manager.

    Args:
        path: the file.
        shape: (R, PHI, Z), the shape that one shower must have.
        sampling_fraction: what the energies in the file were divided by, which reading undoes;
            None for what the format is known for.

    Raises:
        ShowerFileError: the file cannot be read or does not have the layout of its format.
    """

    def __init__(
        self,
        path: str | Path,
        shape: tuple[int, int, int] = LEMURS_SHAPE,
        sampling_fraction: float | None = None,
    ) -> None:
        super().__init__(path, shape, sampling_fraction)
        self._file = open_hdf5(self.path)
        try:
            self.attributes = read_attributes(self._file, self.path)
            self._datasets = self._open_datasets()
            self._check_lengths()
        except BaseException:
            self.close()
            raise

    @abstractmethod
    def _open_datasets(self) -> dict[str, h5py.Dataset]:
        """The data sets of the format, shapes checked; the first holds the showers."""

    def _stored(self, rows: slice) -> NDArray[Any]:
        """Rows of showers as they are in the file."""
        return read_rows(next(iter(self._datasets.values())), rows, self.path)

    @abstractmethod
    def _arranged(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows as they are in the file, turned to (n, R, PHI, Z)."""

    def _cells(self, rows: slice) -> NDArray[Any]:
        return self._arranged(self._stored(rows))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in the file; showers are read as float32 whatever it is."""
        stored: np.dtype[Any] = next(iter(self._datasets.values())).dtype
        return stored

    def require_unweighted(self) -> None:
        """Check that each shower counts, and counts once.

        Raises:
            ShowerFileError: the file has weights, or a selection.
        """
        require_unweighted(self._file, self.path)

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Further numbers that the file holds for each shower, (N, ...) each.

        Raises:
            ShowerFileError: some of them are damaged.
        """
        columns = {}
        for name in filter(self._is_column, names_in(self._file, self.path)):
            if holds_numbers(self._file, name, self.path):
                dataset = open_dataset(self._file, name, self.path)
                if (dataset.shape or ())[:1] == (len(self),):
                    columns[name] = read_rows(dataset, slice(None), self.path)
        return columns

    def _is_column(self, name: str) -> bool:
        """Whether a data set may be a further number of each shower."""
        return name not in self._datasets and not name.startswith("cells_")

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._file.close()

    def __len__(self) -> int:
        """Number of showers."""
        return len(next(iter(self._datasets.values())))

    def _require_shape(
        self, name: str, dataset: h5py.Dataset, row: tuple[int, ...], hint: str
    ) -> None:
        """Check that ``dataset`` is (N, *row)."""
        shape = dataset.shape
        if not shape or shape[1:] != row:
            expected = ", ".join(["N", *map(str, row)]) + ("" if row else ",")
            raise ShowerFileError(
                f"{self.path}: '{name}' has the shape {shape}, it must be ({expected}); {hint}"
            )

    def _column(self, name: str) -> NDArray[np.float64]:
        values = read_rows(self._datasets[name], slice(None), self.path)
        return values.astype(np.float64).reshape(-1)

    def _check_lengths(self) -> None:
        lengths = {name: len(dataset) for name, dataset in self._datasets.items()}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"'{name}' {n}" for name, n in lengths.items())
            raise ShowerFileError(
                f"{self.path}: data sets have unequal lengths ({listed}); "
                "write one row per shower in each"
            )
        if not len(self):
            raise ShowerFileError(
                f"{self.path} holds no showers; check how it was made, or give another file"
            )
