"""Opening files of showers: of any format, one or several as one sample, as jobs and data sets write them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench._util.closing import Closing
from calobench.detectors.spec import DetectorSpec
from calobench.errors import MeshMismatchError, ShowerFileError
from calobench.io.foreign_file import open_with
from calobench.io.formats import find_format
from calobench.io.paths import paths_in
from calobench.io.reading import UNDECLARED, Reading
from calobench.io.shower_file import ShowerFile, read_all
from calobench.showers import Conditions, Mesh, Showers

__all__ = ["JoinedFiles", "open_showers"]


def open_showers(
    paths: str | Path | Iterable[str | Path], reading: Reading = UNDECLARED
) -> JoinedFiles:
    """Open files of showers, whatever their format, as one sample; use it as a context manager.

    Args:
        paths: a file, a pattern, several with commas between in one text, or a sequence of any of these.
        reading: what is known of the files beforehand.

    Raises:
        ShowerFileError: a file is missing, damaged, not of showers, or of an unknown format.
        MeshMismatchError: files of different meshes or detectors.
        UnknownNameError: there is no such format.
        MissingPackageError: the format needs a package that is not installed.
        PluginError: a reader of another package does not keep to the contract.
    """
    parts = (paths,) if isinstance(paths, str | Path) else paths
    with contextlib.ExitStack() as stack:
        files = tuple(
            stack.enter_context(open_with(find_format(path, reading.format_name), path, reading))
            for part in parts
            for path in paths_in(part)
        )
        joined = JoinedFiles(files, reading.detector)
        stack.pop_all()
    return joined


class JoinedFiles(Closing):
    """Open files of showers, read one after the other; use it as a context manager.

    Args:
        files: in order, at least one.
        detector: whose showers they should be: its aliases are one name, and a file need not state it.

    Attributes:
        files: the open files.
        path: of the first.
        shape: (R, PHI, Z), the shape of one shower.

    Raises:
        ShowerFileError: there are no files.
        MeshMismatchError: files of different meshes or detectors.
    """

    def __init__(self, files: tuple[ShowerFile, ...], detector: DetectorSpec | None = None) -> None:
        if not files:
            raise ShowerFileError("no files are named; give at least one")
        self.files = files
        self.path, self.shape = files[0].path, files[0].shape
        for other in files[1:]:
            self._require_alike(other, detector)

    def _require_alike(self, other: ShowerFile, detector: DetectorSpec | None) -> None:
        first = self.files[0]
        facts: list[tuple[str, object, object]] = [
            ("mesh", _mesh(first), _mesh(other)),
            ("shape", first.shape, other.shape),
            ("detector", _name(first, detector), _name(other, detector)),
            ("geometry_hash", first.geometry_hash, other.geometry_hash),
        ]
        for what, one, another in facts:
            # A file need not say what the detector that is asked for says.
            if one != another and (detector is None or None not in {one, another}):
                raise MeshMismatchError(
                    f"{first.path} and {other.path} cannot be joined: {what} is {one} and {another}; "
                    "join files of one detector"
                )

    def __len__(self) -> int:
        """Number of showers of all files."""
        return sum(len(file) for file in self.files)

    @cached_property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,)."""
        parts = [file.conditions for file in self.files]
        return Conditions(
            *(
                np.concatenate([getattr(p, name) for p in parts])
                for name in ("energy", "theta", "phi")
            )
        )

    @property
    def mesh(self) -> Mesh | None:
        """The mesh of the showers; None if no file says."""
        return next((file.mesh for file in self.files if file.mesh is not None), None)

    @property
    def detector(self) -> str | None:
        """Name of the detector, of the first file that says; None if none does."""
        return next((file.detector for file in self.files if file.detector is not None), None)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in the first file."""
        return self.files[0].dtype

    @property
    def format_name(self) -> str:
        """Names of the formats, each once."""
        return ", ".join(dict.fromkeys(file.format_name for file in self.files))

    @property
    def name(self) -> str:
        """Name of the file; of several, of the first and the last, and how many there are."""
        if len(self.files) == 1:
            return self.path.name
        return f"{self.path.name} to {self.files[-1].path.name}, {len(self.files)} files"

    @property
    def description(self) -> str | None:
        """Origin of the showers, each statement once; None if no file says."""
        stated = dict.fromkeys(file.description for file in self.files if file.description)
        return "; ".join(stated) or None

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Further numbers of each shower that all files hold, (N, ...) each."""
        first, *others = (file.columns for file in self.files)
        shared = [name for name in first if all(name in other for other in others)]
        return {name: np.concatenate([c[name] for c in (first, *others)]) for name in shared}

    def require_unweighted(self) -> None:
        """Check that each shower counts, and counts once.

        Raises:
            ShowerFileError: a file has weights, or a selection.
        """
        for file in self.files:
            file.require_unweighted()

    def starts(self, size: int, stop: int) -> list[int]:
        """The first shower of each chunk, as :meth:`chunks` gives them."""
        starts, first = list[int](), 0
        for file in self.files:
            starts += range(first, min(first + len(file), stop), size)
            first += len(file)
        return starts

    def chunks(
        self, size: int = 1000, stop: int | None = None, start: int = 0
    ) -> Iterator[Showers]:
        """The showers in order, at most ``size`` at a time.

        Args:
            size: of a chunk; every file begins with one.
            stop: only the showers before this one.
            start: only the showers from this one on.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        """
        first, last = 0, len(self) if stop is None else stop
        for file in self.files:
            begin, end = max(start - first, 0), min(last - first, len(file))
            if begin < end:
                yield from file.chunks(size, start=begin, stop=end)
            first += len(file)

    def read(self) -> Showers:
        """All showers at once.

        Raises:
            ShowerFileError: a part is damaged or holds NaN, infinite or negative energies.
        """
        return read_all(self)

    def remarks(self) -> tuple[str, ...]:
        """Remarks on the showers that were read, and what was taken for granted, one line each."""
        return tuple(dict.fromkeys(remark for file in self.files for remark in file.remarks()))

    def close(self) -> None:
        """Close all files; closing twice does nothing."""
        for file in self.files:
            file.close()


def _mesh(file: ShowerFile) -> str | None:
    """The mesh in words, which leave the last digits out."""
    return None if file.mesh is None else str(file.mesh)


def _name(file: ShowerFile, detector: DetectorSpec | None) -> str | None:
    """The detector that a file states, by one name."""
    stated = file.detector
    is_alias = detector is not None and stated is not None and detector.is_called(stated)
    return detector.name if detector is not None and is_alias else stated
