"""A file that a reader of another package opened: used as calobench's own, and checked as a stranger's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from calobench.errors import CalobenchError, ShowerFileError
from calobench.io.checks import check_condition_values, check_showers
from calobench.io.format import Format, ShowerReader
from calobench.io.noticed import Noticed
from calobench.io.reading import Reading
from calobench.io.shower_file import ShowerFile
from calobench.showers import Conditions, Mesh, Rounded, Showers, clear_rounding

__all__ = ["open_with"]

T = TypeVar("T")
_PARTS = ("conditions", "mesh", "chunks")


def open_with(kind: Format, path: Path, reading: Reading) -> ShowerFile:
    """Open a file with the reader of a format, whoever wrote it.

    Raises:
        ShowerFileError: the file is damaged, or not of that format.
        PluginError: the reader fails, or lacks a part.
    """
    if kind.package == "calobench":
        opened = kind.open(path, reading)
    else:
        opened = _Guard(kind, path)(lambda: kind.open(path, reading))
    if isinstance(opened, ShowerFile):
        return opened
    missing = [part for part in _PARTS if not hasattr(type(opened), part)]
    missing = [part for part in missing if part not in vars(opened)] if missing else []
    if missing:
        raise kind.broken(f"has no '{missing[0]}'; a reader has {', '.join(_PARTS)}")
    return ForeignFile(path, kind, opened, reading)


class _Guard:
    """Calls code of another package: what it raises becomes an error that names the package."""

    def __init__(self, kind: Format, path: Path) -> None:
        self._kind, self._path = kind, path

    def __call__(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except CalobenchError:
            raise  # it says what is the matter with the file
        except Exception as error:
            self.failed(error)

    def failed(self, error: Exception) -> NoReturn:
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
        raise self._kind.broken(f"fails on {self._path} ({said})") from error


class ForeignFile(ShowerFile):
    """A file of a format of another package.

    Args:
        path: the file.
        kind: its format.
        reader: what the format opened.
        reading: how it was to be read.

    Raises:
        ShowerFileError: no showers, or impossible incident particles.
        PluginError: the reader gives something else than it should.
    """

    divisible = False

    def __init__(self, path: Path, kind: Format, reader: ShowerReader, reading: Reading) -> None:
        self._kind, self._reader, self._guard = kind, reader, _Guard(kind, path)
        mesh = self._guard(lambda: reader.mesh)
        if mesh is not None and not isinstance(mesh, Mesh):
            raise kind.broken(f"gives a {type(mesh).__name__} as 'mesh'; it must be a Mesh or None")
        self._mesh: Mesh | None = mesh
        super().__init__(path, reading.shape if mesh is None else mesh.shape)
        self.format_name = kind.name
        if not len(self.conditions):
            raise ShowerFileError(f"{path} holds no showers; check how it was made")

    @property
    def mesh(self) -> Mesh | None:
        """The mesh of the showers; None if the reader does not say."""
        return self._mesh

    @cached_property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,)."""
        given: object = self._guard(lambda: self._reader.conditions)
        if not isinstance(given, Conditions):
            raise self._kind.broken(
                f"gives a {type(given).__name__} as 'conditions'; it must be Conditions"
            )
        columns = [np.asarray(getattr(given, name)) for name in ("energy", "theta", "phi")]
        if any(column.ndim != 1 or column.dtype.kind not in "fiu" for column in columns):
            raise self._kind.broken("gives conditions that are not numbers of shape (N,)")
        conditions = Conditions(*(column.astype(np.float64) for column in columns))
        check_condition_values(conditions, self.path, ("energy", "theta", "phi"))
        return conditions

    def _cells(self, rows: slice) -> NDArray[Any]:
        raise NotImplementedError("a reader of another package gives chunks, and no rows")

    def chunks(
        self,
        size: int = 1000,
        workers: int | None = None,  # noqa: ARG002
        stop: int | None = None,
        start: int = 0,
    ) -> Iterator[Showers]:
        """See :meth:`ShowerFile.chunks`; a stranger's reader is asked by one thread, from its beginning.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
            PluginError: chunks are not showers of the mesh, or not those of the conditions.
        """
        if size < 1 or start:
            raise ValueError("a chunk must hold at least one shower, and the first one comes first")
        n = len(self) if stop is None else min(stop, len(self))
        done = 0
        for chunk in self._given(size):
            energy = self._checked(chunk, done)[: n - done]
            for first in range(0, len(energy), size):
                part = energy[first : first + size]
                yield Showers(part, self.conditions[done : done + len(part)])
                done += len(part)
            if done == n:
                return
        raise self._kind.broken(f"gives {done} showers of {self.path} and {len(self)} conditions")

    def _given(self, size: int) -> Iterator[object]:
        chunks = self._guard(lambda: iter(self._reader.chunks(size)))
        while True:
            one = self._guard(lambda: list(islice(chunks, 1)))
            if not one:
                return
            yield one[0]

    def _checked(self, chunk: object, done: int) -> NDArray[np.float32]:
        """Energies of a chunk, copied and checked to be possible."""
        broken = self._kind.broken
        if not isinstance(chunk, Showers):
            raise broken(f"gives a {type(chunk).__name__} as a chunk; it must be Showers")
        given = np.asarray(chunk.energy)
        if given.shape[1:] != self.shape or given.dtype.kind not in "fiu":
            declared = "its mesh has" if self._mesh is not None else "the detector has"
            raise broken(
                f"gives showers of shape {given.shape[1:]} and type {given.dtype}, {declared} {self.shape}"
            )
        if done + len(given) > len(self):
            raise broken(f"gives more showers of {self.path} than its {len(self)} conditions")
        stated = self.conditions.energy[done : done + len(given)]
        if not np.allclose(chunk.conditions.energy, stated, rtol=1e-6):
            raise broken(
                f"gives chunks of {self.path} whose conditions are not 'conditions', in order"
            )
        energy = np.array(given, np.float32)
        rounded: Rounded = clear_rounding(energy)
        check_showers(energy, self.path, done, "energy")
        self.noticed = self.noticed.joined(Noticed(rounded))
        return energy

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers that were read, and what the reader says, one line each."""
        of_reader = getattr(self._reader, "remarks", None)
        if of_reader is None:
            return super().remarks()
        said = self._guard(lambda: tuple(str(line) for line in of_reader()))
        return (*(f"{self.path.name}: {line}" for line in said), *super().remarks())

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        close = getattr(self._reader, "close", None)
        if close is not None:
            self._guard(close)
