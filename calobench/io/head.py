"""First bytes of a file, and the names in it: enough to recognise its format."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from calobench._util.files import UnreadableError, require_readable
from calobench.errors import ShowerFileError
from calobench.io.diagnosis import has_hdf5_signature
from calobench.io.hdf5 import names_in, open_hdf5

__all__ = ["FileHead"]

_START_BYTES = 64


@dataclass(frozen=True)
class FileHead:
    """A file as readers see it when they are asked whether they recognise it.

    Attributes:
        path: the file.
        start: its first 64 bytes, fewer if it is shorter.
    """

    path: Path
    start: bytes

    @classmethod
    def of(cls, path: Path) -> FileHead:
        """Look at a file.

        Raises:
            ShowerFileError: it is missing, no file, or must not be read.
        """
        try:
            require_readable(path)
            with path.open("rb") as stream:
                return cls(path, stream.read(_START_BYTES))
        except UnreadableError as error:
            raise ShowerFileError(f"cannot read {path}: {error}") from error
        except OSError as error:
            raise ShowerFileError(f"cannot read {path}: {error.strerror}") from error

    @cached_property
    def is_hdf5(self) -> bool:
        """Whether it begins as HDF5 does; it may still be damaged."""
        return has_hdf5_signature(self.path)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names at the top of an HDF5 file, or in a zip archive; empty for all other files.

        Raises:
            ShowerFileError: it is HDF5, and damaged.
        """
        if self.is_hdf5:
            with open_hdf5(self.path) as file:
                return frozenset(names_in(file, self.path))
        if self.start.startswith(b"PK\x03\x04"):
            try:
                with zipfile.ZipFile(self.path) as archive:
                    return frozenset(archive.namelist())
            except (zipfile.BadZipFile, OSError, ValueError):
                pass  # cut short: whoever reads it says so
        return frozenset()
