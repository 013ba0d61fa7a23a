"""What all formats of shower files have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench._util.memory import require_memory
from calobench._util.parallel import in_order
from calobench.errors import ShowerFileError
from calobench.io.checks import check_showers
from calobench.io.columns import require_unweighted
from calobench.io.hdf5 import (
    holds_numbers,
    names_in,
    open_dataset,
    open_hdf5,
    read_attributes,
    read_rows,
)
from calobench.showers import Conditions, Mesh, Rounded, Showers, clear_rounding

__all__ = ["LEMURS_SHAPE", "ShowerFile", "scaled"]

LEMURS_SHAPE = (9, 16, 45)
_CHUNK = 1000


class ShowerFile(ABC):
    """An HDF5 file of showers, open for reading; use it as a context manager.

    The structure is checked when the file is opened, the values when they are read.

    Args:
        path: the file.
        shape: (R, PHI, Z), the shape that one shower must have.
        sampling_fraction: what the energies in the file were divided by, which reading undoes;
            None for what the format is known for.

    Attributes:
        path: where the file is.
        shape: (R, PHI, Z), the shape of one shower.
        sampling_fraction: energies are multiplied by it when they are read.
        attributes: attributes of the file.

    Raises:
        ShowerFileError: the file cannot be read or does not have the layout of its format.
    """

    format_name: ClassVar[str]
    known_sampling_fraction: ClassVar[float] = 1

    def __init__(
        self,
        path: str | Path,
        shape: tuple[int, int, int] = LEMURS_SHAPE,
        sampling_fraction: float | None = None,
    ) -> None:
        self.path = Path(path)
        self.shape = shape
        self.sampling_fraction = (
            self.known_sampling_fraction if sampling_fraction is None else sampling_fraction
        )
        self._rounded = Rounded()
        self._file = open_hdf5(self.path)
        try:
            self.attributes: dict[str, Any] = read_attributes(self._file, self.path)
            self._datasets = self._open_datasets()
            self._check_lengths()
        except BaseException:
            self.close()
            raise

    @staticmethod
    @abstractmethod
    def recognises(names: Collection[str]) -> bool:
        """Whether a file with data sets of these names looks like this format."""

    @abstractmethod
    def _open_datasets(self) -> dict[str, h5py.Dataset]:
        """The data sets of the format, shapes checked; the first holds the showers."""

    @property
    @abstractmethod
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,)."""

    @property
    @abstractmethod
    def mesh(self) -> Mesh | None:
        """The mesh of the showers; None if the file does not say."""

    def _stored(self, rows: slice) -> NDArray[Any]:
        """Rows of showers as they are in the file."""
        return read_rows(next(iter(self._datasets.values())), rows, self.path)

    @abstractmethod
    def _arranged(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows as they are in the file, turned to (n, R, PHI, Z)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in the file; showers are read as float32 whatever it is."""
        found: np.dtype[Any] = next(iter(self._datasets.values())).dtype
        return found

    @property
    def detector(self) -> str | None:
        """Name of the detector; None if the file does not say.

        Raises:
            ShowerFileError: the attribute is not a text.
        """
        return self._text("detector")

    @property
    def description(self) -> str | None:
        """Geant4 version and settings that made the showers; None if the file does not say."""
        found = self.attributes.get("geant4")
        return found if isinstance(found, str) else None

    @property
    def geometry_hash(self) -> str | None:
        """Of the detector that the showers were simulated with; None if the file does not say."""
        return self._text("geometry_hash")

    def _text(self, name: str) -> str | None:
        value = self.attributes.get(name)
        if value is None or isinstance(value, str):
            return value or None
        raise ShowerFileError(
            f"{self.path}: attribute '{name}' is {value!r:.80}; write it as one text, or leave it out"
        )

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
        found = {}
        for name in filter(self._is_column, names_in(self._file, self.path)):
            if holds_numbers(self._file, name, self.path):
                dataset = open_dataset(self._file, name, self.path)
                if (dataset.shape or ())[:1] == (len(self),):
                    found[name] = read_rows(dataset, slice(None), self.path)
        return found

    def _is_column(self, name: str) -> bool:
        """Whether a data set may be a further number of each shower."""
        return name not in self._datasets and not name.startswith("cells_")

    def chunks(
        self, size: int = _CHUNK, workers: int | None = None, stop: int | None = None
    ) -> Iterator[Showers]:
        """The showers in order, ``size`` at a time; a few chunks are read ahead.

        Args:
            size: of a chunk.
            workers: threads that read, None for one a core.
            stop: read only so many showers.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        """
        if size < 1:
            raise ValueError("a chunk must hold at least one shower")
        n = len(self) if stop is None else min(stop, len(self))
        # Read before threads want it.
        conditions = self.conditions
        parts = (slice(first, min(first + size, n)) for first in range(0, n, size))
        for rows, energy, rounded in in_order(self._read, parts, workers):
            self._rounded = self._rounded.joined(rounded)
            yield Showers(energy, conditions[rows])

    def remarks(self) -> tuple[str, ...]:
        """What was noticed in the showers that were read, one line each."""
        return self._rounded.remarks(self.path.name)

    def _read(self, rows: slice) -> tuple[slice, NDArray[np.float32], Rounded]:
        cells = self._arranged(self._stored(rows))
        # What overflows to infinity here is refused by the check that follows.
        with np.errstate(over="ignore"):
            if self.sampling_fraction != 1:
                cells = scaled(cells, self.sampling_fraction)
            energy = np.ascontiguousarray(cells, dtype=np.float32)
        rounded = clear_rounding(energy)
        check_showers(energy, self.path, rows.start, next(iter(self._datasets)))
        return rows, energy, rounded

    def read(self) -> Showers:
        """All showers at once.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        """
        require_memory(4 * len(self) * int(np.prod(self.shape)), f"all showers of {self.path}")
        energy = np.empty((len(self), *self.shape), np.float32)
        done = 0
        for showers in self.chunks():
            energy[done : done + len(showers)] = showers.energy
            done += len(showers)
        return Showers(energy, self.conditions)

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        self._file.close()

    def __len__(self) -> int:
        """Number of showers."""
        return len(next(iter(self._datasets.values())))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _require_shape(
        self, name: str, dataset: h5py.Dataset, row: tuple[int, ...], hint: str
    ) -> None:
        """Check that ``dataset`` is (N, *row)."""
        shape = dataset.shape
        if not shape or shape[1:] != row:
            wanted = ", ".join(["N", *map(str, row)]) + ("" if row else ",")
            raise ShowerFileError(
                f"{self.path}: '{name}' has the shape {shape}, it must be ({wanted}); {hint}"
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
                "write one row a shower in each"
            )
        if not len(self):
            raise ShowerFileError(
                f"{self.path} holds no showers; check how it was made, or give another file"
            )


def scaled(values: NDArray[Any], factor: float) -> NDArray[Any]:
    """Values times a factor, in single precision at least: float16 would lose digits."""
    return values.astype(np.result_type(values.dtype, np.float32), copy=False) * factor
