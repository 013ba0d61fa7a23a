"""A sample of showers that lies in one or several files, checked against a detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from calobench._util.digest import sha256_of_files
from calobench.detectors.spec import DetectorSpec
from calobench.errors import MeshMismatchError, ShowerFileError
from calobench.io.checks import check_conditions
from calobench.io.joined import open_showers
from calobench.io.noticed import Noticed
from calobench.io.reading import UNDECLARED, Reading
from calobench.io.shower_file import ShowerFile
from calobench.showers import Conditions, Showers

__all__ = ["READ_SIZE", "StoredSample", "require_mesh"]

READ_SIZE = 250
"""Showers of a file that are read at once: many enough to be quick, few enough for any memory."""


class StoredSample:
    """Showers of files, all that is known of them, and the showers when they are needed.

    Args:
        paths: the files in order.
        detector: the detector.
        n: use only the first showers; None for all.
        reading: what is known of the files beforehand.

    Attributes:
        paths: the files.
        conditions: incident particles, (N,).
        description: what made the showers; None if no file says.
        divisible: whether reading may begin anywhere.
        stamps: size and time of each file, by which a changed one is known.
        noticed: in the showers that were read, by file.

    Raises:
        ShowerFileError: unreadable, empty, weighted, impossible values, or fewer than ``n`` showers.
        MeshMismatchError: of another detector, geometry or mesh.
        ConditionsError: energies or angles outside the detector's range.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        detector: DetectorSpec,
        n: int | None = None,
        reading: Reading = UNDECLARED,
    ) -> None:
        self.paths = tuple(paths)
        self._reading = reading.of(detector)
        self.stamps = [_stamp(path) for path in self.paths if path.exists()]
        with open_showers(self.paths, self._reading) as files:
            for file in files.files:
                require_mesh(file, detector)
                file.require_unweighted()
                check_conditions(file.conditions, detector, file.path)
            if n is not None and n > len(files):
                raise ShowerFileError(
                    f"{', '.join(map(str, paths))}: {n} showers are asked for, {len(files)} are there; "
                    "leave -n out to take them all, or give more files, separated by commas"
                )
            self.conditions: Conditions = files.conditions[:n]
            self.description = files.description
            self.divisible = all(file.divisible for file in files.files)
            self.noticed = tuple(file.noticed for file in files.files)
        self._remarks: tuple[str, ...] = ()

    @cached_property
    def sha256(self) -> str:
        """Of the file; of the checksums of several."""
        return sha256_of_files(self.paths)

    def starts(self, size: int) -> list[int]:
        """The first shower of each chunk, as :meth:`chunks` gives them."""
        with open_showers(self.paths, self._reading) as files:
            return files.starts(size, len(self.conditions))

    def chunks(
        self, size: int = READ_SIZE, start: int = 0, stop: int | None = None
    ) -> Iterator[Showers]:
        """All showers, at most ``size`` at a time.

        Args:
            size: of a chunk.
            start: only the showers from this one on; one of :meth:`starts`.
            stop: only the showers before this one; likewise.

        Raises:
            ShowerFileError: a part is damaged, holds NaN, infinite or negative energies, or was changed
                since the sample was opened.
        """
        last = len(self.conditions) if stop is None else stop
        with open_showers(self.paths, self._reading) as files:
            yield from files.chunks(size, stop=last, start=start)
            self._remarks = files.remarks()
            self.noticed = tuple(file.noticed for file in files.files)
        for path, stamp in zip(self.paths, self.stamps, strict=True):
            if _stamp(path) != stamp:
                raise ShowerFileError(
                    f"{path} was changed while it was read; wait until it is written, and start again"
                )

    def notice(self, noticed: Sequence[Noticed]) -> None:
        """Take what was noticed where the showers were read, by file."""
        with open_showers(self.paths, self._reading) as files:
            for file, one in zip(files.files, noticed, strict=True):
                file.noticed = one
            self._remarks = files.remarks()

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers that have been read, one line each."""
        return self._remarks


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def require_mesh(file: ShowerFile, detector: DetectorSpec) -> None:
    """Check that a file is of the detector and scored on its mesh, as far as the file says.

    Raises:
        MeshMismatchError: it was not, or it says that it belongs to another detector or geometry.
    """
    stated = file.detector
    if stated is not None and not detector.is_called(stated):
        raise MeshMismatchError(
            f"{file.path} holds showers of {stated}, not of {detector.name}; "
            f"give --detector {stated}, or a file of {detector.name}"
        )
    if file.mesh is not None:
        detector.mesh_geometry.require_same(file.mesh, str(file.path))
    if file.geometry_hash not in {None, detector.geometry_hash}:
        raise MeshMismatchError(
            f"{file.path} was simulated with another geometry of {detector.name} "
            f"({str(file.geometry_hash)[:12]}, not {detector.geometry_hash[:12]}); give the YAML that it "
            "was simulated with, or simulate it again"
        )
