"""Reading the HDF5 files of the CaloChallenge, of any data set, without ever holding a whole one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench._util.closing import Closing
from calobench._util.parallel import in_order, usable_cores
from calobench.benchmarks.calochallenge.datasets import (
    ChallengeDataset,
    dataset_names,
    load_dataset,
)
from calobench.errors import ShowerFileError
from calobench.io.hdf5 import read_rows
from calobench.io.voxel_file import VoxelFile

__all__ = ["ChallengeFiles", "Chunk"]

T = TypeVar("T")

# Rows that a thread reads at once hold about this many bytes, in whole HDF5 chunks.
READ_BYTES = 8 << 20
# Of all threads together. A larger HDF5 chunk is unpacked each time some of its rows are read: seldom.
_MAX_BYTES = 512 << 20
_SELDOM_BYTES = 64 << 20
# Rows worked on at once should stay near the processor.
_WORK_BYTES = 8 << 20


class Chunk(NamedTuple):
    """Consecutive showers after the threshold.

    Attributes:
        cells: MeV, in the number type of the file, r fastest, then alpha, then layer, (n, voxels).
        energy: incident, MeV, (n,).
        negative: cells that were below zero in the file, and are zero now.
        largest: energy of a cell, MeV; 0 if none is filled.
    """

    cells: NDArray[np.floating]
    energy: NDArray[np.float64]
    negative: int
    largest: float


class ChallengeFiles(Closing):
    """One or more files of one data set, read as one sample; use it as a context manager.

    Args:
        paths: the files, in order.
        dataset: what they must be.

    Attributes:
        energy: incident energies of all showers, MeV, (N,).

    Raises:
        ShowerFileError: unreadable, empty, another data set, or impossible incident energies.
    """

    def __init__(self, paths: Sequence[Path], dataset: ChallengeDataset) -> None:
        self.paths = tuple(paths)
        self._dataset = dataset
        self._files: list[VoxelFile] = []
        try:
            parts = [self._open(path) for path in self.paths]
        except BaseException:
            self.close()
            raise
        self.energy: NDArray[np.float64] = np.concatenate(parts)

    def __len__(self) -> int:
        """Number of showers."""
        return len(self.energy)

    @property
    def voxels(self) -> int:
        """Cells of a shower."""
        return self._dataset.voxels

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Type in which the cells are worked on: float32 if all files have it, else float64."""
        single = all(file.dtype == np.float32 for file in self._files)
        return np.dtype(np.float32 if single else np.float64)

    def chunks(self) -> Iterator[Chunk]:
        """All showers in order, cells below the threshold set to zero.

        The comparison is made in the number type of the file, as the challenge does. Negative
        cells are below the threshold too; they are counted, because no deposit is negative.

        Raises:
            ShowerFileError: a part is damaged, or a cell is NaN or infinite.
        """
        return self.map(lambda chunk: chunk)

    def map(self, function: Callable[[Chunk], T]) -> Iterator[T]:
        """``function`` of each of the :meth:`chunks`, in their order, on all cores.

        Args:
            function: called in the thread that has just read the chunk.

        Raises:
            ShowerFileError: as :meth:`chunks`.
        """

        def done(part: tuple[VoxelFile, int, slice]) -> list[T]:
            return [function(chunk) for chunk in self._read(*part)]

        largest = max(
            _rows_to_read(file.dataset) * _row_bytes(file.dataset) for file in self._files
        )
        workers = max(1, min(usable_cores(), _MAX_BYTES // largest))
        return chain.from_iterable(in_order(done, self._parts(), workers))

    def _parts(self) -> Iterator[tuple[VoxelFile, int, slice]]:
        """What is read at once: a file, the number of its first shower in the sample, and rows of it."""
        start = 0
        for file in self._files:
            n, step = len(file.dataset), _rows_to_read(file.dataset)
            for first in range(0, n, step):
                yield file, start, slice(first, min(first + step, n))
            start += n

    def _read(self, file: VoxelFile, start: int, rows: slice) -> Iterator[Chunk]:
        values = read_rows(file.dataset, rows, file.path)
        step = max(1, _WORK_BYTES // (8 * self._dataset.voxels))
        for begin in range(0, len(values), step):
            part = values[begin : begin + step]
            # Both are NaN if one cell is.
            lowest, largest = part.min(), part.max()
            if not (np.isfinite(lowest) and np.isfinite(largest)):
                _require_finite(part, file.path, rows.start + begin)
            at = start + rows.start + begin
            negative = int(np.count_nonzero(part < 0)) if lowest < 0 else 0
            cells = self._above_threshold(part)
            energy = self.energy[at : at + len(part)]
            highest = float(largest) if cells.any() else 0.0
            yield Chunk(cells, energy, negative, highest)

    def close(self) -> None:
        """Close the files; closing twice does nothing."""
        for file in self._files:
            file.close()

    def _above_threshold(self, values: NDArray[Any]) -> NDArray[np.floating]:
        values = values.astype(self.dtype, copy=False)
        kept: NDArray[np.floating] = values * (
            values >= values.dtype.type(self._dataset.threshold_mev)
        )
        return kept

    def _open(self, path: Path) -> NDArray[np.float64]:
        file = VoxelFile(path, hint=f"give a file of {self._dataset.title}")
        self._files.append(file)
        file.require_unweighted()
        self._check_voxels(file)
        return file.conditions.energy

    def _check_voxels(self, file: VoxelFile) -> None:
        if file.voxels == self.voxels:
            return
        known = {load_dataset(name).voxels: name for name in dataset_names()}
        if file.voxels in known:
            other = known[file.voxels]
            hint = f"it is data set {other}: give --dataset {other}"
        else:
            hint = "flatten each shower, r fastest, then alpha, then layer"
        raise ShowerFileError(
            f"{file.path}: 'showers' has the shape {file.dataset.shape}, {self._dataset.title} has "
            f"(N, {self.voxels}); {hint}"
        )


def _rows_to_read(showers: h5py.Dataset) -> int:
    """Rows for one thread, in whole HDF5 chunks so that none is unpacked twice."""
    in_chunk = showers.chunks[0] if showers.chunks else 1
    if in_chunk * _row_bytes(showers) > _MAX_BYTES:
        return max(1, _SELDOM_BYTES // _row_bytes(showers))
    rows = max(1, READ_BYTES // _row_bytes(showers))
    return int(max(in_chunk, rows - rows % in_chunk))


def _row_bytes(showers: h5py.Dataset) -> int:
    return int(showers.dtype.itemsize * showers.shape[1])


def _require_finite(values: NDArray[Any], path: Path, first: int) -> None:
    finite = np.isfinite(values).all(axis=1)
    if not finite.all():
        raise ShowerFileError(
            f"{path}: 'showers' holds NaN or an infinite value in shower "
            f"{first + int(finite.argmin())}; mend or remove such showers"
        )
