"""A file that HDF5 can always write to, whatever the disk says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

__all__ = ["SteadyFile"]


class SteadyFile(io.FileIO):
    """A new file that, after an error of the system, takes everything and keeps nothing.

    HDF5 cannot let go of a file that could not be written: h5py then prints tracebacks of its own, or the
    process dies. So HDF5 is told that all is well, and whoever writes asks here.

    Args:
        path: the file; what is there is lost.

    Attributes:
        error: the first of the system's errors; None for none.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "w+")
        self.error: OSError | None = None

    def require_written(self) -> None:
        """Check that all is written.

        Raises:
            OSError: it is not.
        """
        if self.error is not None:
            raise self.error

    def write(self, data: Any, /) -> int:
        """Write all bytes at the present position; returns their number."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while left and self.error is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.error = error
        self.seek(len(left), io.SEEK_CUR)
        return size

    def truncate(self, size: int | None = None, /) -> int:
        """Make the file so long; returns how long it is."""
        end = self.tell() if size is None else size
        try:
            if self.error is None:
                super().truncate(end)
        except OSError as error:
            self.error = error
        return end
