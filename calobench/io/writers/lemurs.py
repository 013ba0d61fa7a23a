"""Writing showers in the HDF5 layout of LEMURS, which :mod:`calobench.io.readers.lemurs` describes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench._util.atomic import atomic_path
from calobench._util.places import reason_of, told
from calobench.errors import OutputError, ShowerFileError
from calobench.io.readers.lemurs import CONDITIONS, LemursFile
from calobench.io.shower_file import LEMURS_SHAPE
from calobench.io.writers.steady_file import SteadyFile
from calobench.showers import Conditions, Mesh, Showers

__all__ = ["Layout", "LemursWriter", "write_lemurs"]

# Level 9 would take twenty times as long and save 6 % (ALLEGRO: 0.6 and 13 ms per shower).
_COMPRESSION = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
_CHUNK_ROWS = 50
# A few compressed chunks of showers, so that appending never packs one twice.
_CACHE_BYTES = 16 * 2**20


class Layout(NamedTuple):
    """Storage of a data set: rows of a chunk and HDF5's filters."""

    rows: int
    filters: Mapping[str, Any]


class LemursWriter:
    """Writes showers in the LEMURS layout, chunk by chunk; use it as a context manager.

    The file appears at ``path`` only when the block ends without an error.

    Args:
        path: the file to write.
        detector: name of the detector.
        mesh: the mesh of the showers.
        attributes: further attributes of the file, such as ``geant4``.
        replace: an older file is replaced; else it is kept, also if it appears meanwhile.

    Raises:
        OutputError: the file cannot be written.
        ShowerFileError: at the end of the block, if no showers were appended.
    """

    _layouts: ClassVar[Mapping[str, Layout]] = {"showers": Layout(_CHUNK_ROWS, _COMPRESSION)}

    def __init__(
        self,
        path: str | Path,
        *,
        detector: str | None = None,
        mesh: Mesh | None = None,
        attributes: Mapping[str, Any] | None = None,
        replace: bool = True,
    ) -> None:
        self.path, self._replace = Path(path), replace
        self._shape = mesh.shape if mesh else LEMURS_SHAPE
        self._attributes = {**(attributes or {}), "unit_energy": "MeV"}
        if detector:
            self._attributes["detector"] = detector
        if mesh:
            self._attributes |= {"mesh_dr_mm": mesh.dr_mm, "mesh_dz_mm": mesh.dz_mm}
        self._exit = contextlib.ExitStack()
        self._bytes: SteadyFile
        self._file: h5py.File
        self._names: set[str] = set()
        self._n = 0

    def __len__(self) -> int:
        """Number of showers appended so far."""
        return self._n

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            partial = stack.enter_context(atomic_path(self.path, replace=self._replace))
            with told(self.path):
                self._bytes = SteadyFile(partial)
            with self._writing():
                self._file = h5py.File(self._bytes, "w", rdcc_nbytes=_CACHE_BYTES)
                # Undone in reverse: the file is closed, then renamed or, after an error, removed.
                stack.push(self._close)
                self._file.attrs.update(self._attributes)
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._exit.__exit__(kind, error, traceback)

    def append(self, showers: Showers, columns: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Append showers, and further numbers for each of them.

        Args:
            showers: energies in MeV, (n, R, PHI, Z).
            columns: name to values, (n, ...); the same names in every call.

        Raises:
            OutputError: the disk is full or fails.
            ShowerFileError: the shapes do not fit the mesh or one another.
        """
        if showers.energy.shape[1:] != self._shape:
            raise ShowerFileError(
                f"cannot write showers of shape {showers.energy.shape[1:]} to {self.path}, whose "
                f"mesh has {self._shape}; give the mesh that they were made on"
            )
        cells = self._cells(showers.energy.astype(np.float32, copy=False))
        rows = {**cells, **_numbers(showers.conditions, columns or {})}
        self._require_fitting(rows, set(rows), len(showers))
        self._append_rows(rows, len(showers))

    def append_file(self, file: LemursFile) -> None:
        """Append the showers and columns of a file that this class wrote.

        Chunks of showers go over as they are packed, where they begin at the same rows in both files: nearly
        all the time of joining would be that of packing them again.

        Args:
            file: open, of the same mesh.

        Raises:
            OutputError: the disk is full or fails.
            ShowerFileError: the file is damaged, or does not fit.
        """
        stored = file.stored_showers
        if stored is None or not self._is_packed_alike(stored):
            self.append(file.read(), file.columns)
            return
        numbers = _numbers(file.conditions, file.columns)
        self._require_fitting(numbers, {"showers", *numbers}, len(stored))
        with self._writing():
            self._append("showers", np.empty((0, *self._shape), np.float32))
            dataset = self._file["showers"]
            dataset.resize(self._n + len(stored), axis=0)
            for k in range(stored.id.get_num_chunks()):
                row, *rest = stored.id.get_chunk_info(k).chunk_offset
                mask, packed = stored.id.read_direct_chunk((row, *rest))
                dataset.id.write_direct_chunk((self._n + row, *rest), packed, mask)
        self._append_rows(numbers, len(stored))

    def _require_fitting(self, rows: Mapping[str, NDArray[Any]], names: set[str], n: int) -> None:
        if any(len(values) != n for values in rows.values()):
            raise ShowerFileError(f"columns written to {self.path} must have one row per shower")
        self._names = self._names or names
        if names != self._names:
            raise ShowerFileError(f"every chunk written to {self.path} must have the same columns")

    def _append_rows(self, rows: Mapping[str, NDArray[Any]], n: int) -> None:
        with self._writing():
            for name, values in rows.items():
                self._append(name, values)
        self._n += n

    def _is_packed_alike(self, stored: h5py.Dataset) -> bool:
        layout = self._layouts.get("showers")
        return (
            layout is not None
            and self._n % layout.rows == 0
            and stored.chunks == (layout.rows, *self._shape)
            and stored.dtype == np.float32
            and all(getattr(stored, name) == value for name, value in layout.filters.items())
        )

    def _cells(self, energy: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        """The values that are written for each shower's cells, MeV, (n, R, PHI, Z)."""
        return {"showers": energy}

    def _append(self, name: str, values: NDArray[Any]) -> None:
        if name not in self._file:
            row = values.shape[1:]
            layout = self._layouts.get(name)
            options = {"chunks": (layout.rows, *row), **layout.filters} if layout else {}
            self._file.create_dataset(
                name, (0, *row), values.dtype, maxshape=(None, *row), **options
            )
        dataset = self._file[name]
        start = len(dataset)
        dataset.resize(start + len(values), axis=0)
        dataset[start:] = values

    def _close(
        self,
        kind: type[BaseException] | None,  # noqa: ARG002
        error: BaseException | None,
        traceback: TracebackType | None,  # noqa: ARG002
    ) -> None:
        try:
            with self._writing():
                self._file.close()
                self._bytes.close()
        except OutputError:
            # After an error, such as a full disk, closing may fail too: the first one is told.
            if error is None:
                raise
        if error is None and not self._n:
            raise ShowerFileError(f"no showers to write to {self.path}; give at least one")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
            self._bytes.require_written()
        except (OSError, RuntimeError) as error:
            reason = reason_of(self._bytes.error or error)
            raise OutputError(
                f"cannot write {self.path} ({reason}); free some space or choose another place"
            ) from error


def _numbers(
    conditions: Conditions, columns: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Everything of showers but their cells."""
    energy, theta, phi = CONDITIONS
    return {energy: conditions.energy, theta: conditions.theta, phi: conditions.phi, **columns}


def write_lemurs(
    path: str | Path,
    chunks: Iterable[Showers],
    *,
    detector: str | None = None,
    mesh: Mesh | None = None,
    attributes: Mapping[str, Any] | None = None,
    columns: Mapping[str, NDArray[Any]] | None = None,
) -> int:
    """Write showers in the LEMURS layout; the file appears only when it is complete.

    Args:
        path: the file to write; an older one is replaced.
        chunks: the showers in order, energies in MeV, (n, R, PHI, Z) each.
        detector: name of the detector.
        mesh: the mesh of the showers.
        attributes: further attributes of the file, such as ``geant4``.
        columns: name to further numbers of all showers, (N, ...).

    Returns:
        Number of showers written.

    Raises:
        OutputError: the file cannot be written.
        ShowerFileError: there are no showers, or shapes and lengths do not fit.
    """
    with LemursWriter(path, detector=detector, mesh=mesh, attributes=attributes) as writer:
        for showers in chunks:
            rows = slice(len(writer), len(writer) + len(showers))
            writer.append(showers, {name: c[rows] for name, c in (columns or {}).items()})
        written = len(writer)
        if any(len(column) != written for column in (columns or {}).values()):
            raise ShowerFileError(f"columns written to {path} must have one row per shower")
    return written
