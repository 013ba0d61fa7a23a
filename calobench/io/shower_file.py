"""Base of all files of showers, whatever their format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from calobench._util.closing import Closing
from calobench._util.memory import require_memory
from calobench._util.parallel import in_order
from calobench.errors import ShowerFileError
from calobench.io.checks import check_showers
from calobench.io.noticed import Noticed
from calobench.io.reading import LEMURS_SHAPE
from calobench.showers import Conditions, Mesh, Rounded, Showers, clear_rounding

__all__ = ["FAST_MODEL", "LEMURS_SHAPE", "ShowerFile", "doubles", "read_all", "scaled"]

FAST_MODEL = "fast_model"
"""Attribute of a file that Geant4 made with a model inside: which photons are whose."""
_CHUNK = 1000


class ShowerFile(Closing, ABC):
    """A file of showers, open for reading; use it as a context manager.

    The structure is checked when the file is opened, the values when they are read.

    Args:
        path: the file.
        shape: (R, PHI, Z), the shape of one shower.
        sampling_fraction: what the energies in the file were divided by, which reading undoes;
            None for what the format is known for.

    Attributes:
        path: where the file is.
        shape: (R, PHI, Z), the shape of one shower.
        sampling_fraction: energies are multiplied by it when they are read.
        attributes: attributes of the file.
        noticed: in the showers that were read.
    """

    format_name: str
    known_sampling_fraction: ClassVar[float] = 1
    energy_name: str = "showers"
    threads: ClassVar[int | None] = None
    """Number of threads that may read at once; None for one per core."""
    divisible: ClassVar[bool] = True
    """Whether reading may begin anywhere."""

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
        self.attributes: dict[str, Any] = {}
        self.noticed = Noticed()

    @property
    @abstractmethod
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,)."""

    @property
    @abstractmethod
    def mesh(self) -> Mesh | None:
        """The mesh of the showers; None if the file does not say."""

    @abstractmethod
    def _cells(self, rows: slice) -> NDArray[Any]:
        """Energies of rows of showers, MeV before the sampling fraction is undone, (n, R, PHI, Z)."""

    def __len__(self) -> int:
        """Number of showers."""
        return len(self.conditions)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in the file; showers are read as float32 whatever it is."""
        return np.dtype(np.float32)

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
        stated = self.attributes.get("geant4")
        return stated if isinstance(stated, str) else None

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

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Further numbers that the file holds for each shower, (N, ...) each.

        Raises:
            ShowerFileError: some of them are damaged.
        """
        return {}

    def chunks(
        self,
        size: int = _CHUNK,
        workers: int | None = None,
        stop: int | None = None,
        start: int = 0,
    ) -> Iterator[Showers]:
        """The showers in order, ``size`` at a time; a few chunks are read ahead.

        Args:
            size: of a chunk.
            workers: threads that read, None for one per core.
            stop: read only the showers before this one.
            start: read only the showers from this one on.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        """
        if size < 1:
            raise ValueError("a chunk must hold at least one shower")
        n = len(self) if stop is None else min(stop, len(self))
        # Read before threads want it.
        conditions = self.conditions
        parts = (slice(first, min(first + size, n)) for first in range(start, n, size))
        for rows, energy, rounded in in_order(self._read, parts, workers or self.threads):
            self.noticed = self.noticed.joined(Noticed(rounded))
            yield Showers(energy, conditions[rows])

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers that were read, and assumptions, one line each."""
        inside = self._text(FAST_MODEL)
        told = f"{self.path.name} is Geant4 with a model inside: {inside}" if inside else ""
        return (*([told] if told else []), *self.noticed.rounded.remarks(self.path.name))

    def _read(self, rows: slice) -> tuple[slice, NDArray[np.float32], Rounded]:
        cells = self._cells(rows)
        # What is infinite or no number here is refused by the check that follows.
        with np.errstate(over="ignore", invalid="ignore"):
            if self.sampling_fraction != 1:
                cells = scaled(cells, self.sampling_fraction)
            energy = np.ascontiguousarray(cells, dtype=np.float32)
        rounded = clear_rounding(energy)
        check_showers(energy, self.path, rows.start, self.energy_name)
        return rows, energy, rounded

    def read(self) -> Showers:
        """All showers at once.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        """
        return read_all(self)


class _Sample(Protocol):
    """Showers of one or several files."""

    path: Path
    shape: tuple[int, int, int]

    @property
    def conditions(self) -> Conditions: ...

    def __len__(self) -> int: ...

    def chunks(self, size: int = _CHUNK) -> Iterator[Showers]: ...


def read_all(sample: _Sample) -> Showers:
    """All showers of one or several files at once.

    Raises:
        ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        MemoryError: there is no room for them.
    """
    require_memory(4 * len(sample) * int(np.prod(sample.shape)), f"all showers of {sample.path}")
    energy = np.empty((len(sample), *sample.shape), np.float32)
    done = 0
    for showers in sample.chunks():
        energy[done : done + len(showers)] = showers.energy
        done += len(showers)
    return Showers(energy, sample.conditions)


def doubles(values: NDArray[Any]) -> NDArray[np.float64]:
    """A copy of values of a file as float64, without a warning of numpy where one is no number."""
    with np.errstate(invalid="ignore"):
        return np.array(values, np.float64)


def scaled(values: NDArray[Any], factor: float) -> NDArray[Any]:
    """Values times a factor, in single precision at least: float16 would lose digits."""
    return values.astype(np.result_type(values.dtype, np.float32), copy=False) * factor
