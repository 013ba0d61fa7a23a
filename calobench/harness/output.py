"""The folder of a run, which is filled as a whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from calobench.errors import OutputError

__all__ = ["RunFolder"]

_FILES = ("results.json", "report.html")


class RunFolder:
    """Checks a place early, fills it late.

    Args:
        path: the folder; made when the run is written.
        force: replace the files of an earlier run.

    Raises:
        OutputError: it already holds a run, is a file, or cannot be written.
    """

    def __init__(self, path: Path, *, force: bool) -> None:
        self.path = path
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path} is a file; give a folder with --out")
        if not force and any((path / name).exists() for name in _FILES):
            raise OutputError(
                f"{path} already holds a run; add --force to replace it, or give another --out"
            )
        existing = next(p for p in (path, *path.absolute().parents) if p.exists())
        try:
            with tempfile.TemporaryFile(dir=existing):
                pass
        except OSError as error:
            raise OutputError(
                f"cannot write in {existing}: {error.strerror}; give another folder with --out"
            ) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[Path]:
        """A temporary folder whose files are moved into place when the body succeeds."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix=".partial-", dir=self.path))
        except OSError as error:
            raise OutputError(
                f"cannot write {self.path}: {error.strerror}; give another folder with --out"
            ) from error
        try:
            yield place
            for name in _FILES:
                (place / name).replace(self.path / name)
        finally:
            shutil.rmtree(place, ignore_errors=True)
