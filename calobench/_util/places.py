"""Places that are to be written: what may not be one, and what the system says of one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from calobench.errors import OutputError

__all__ = ["require_file", "resolved", "told"]


def require_file(path: Path) -> Path:
    """The place where a file called ``path`` is, or would be.

    Raises:
        OutputError: it is a folder, a device or a pipe.
    """
    if path.is_dir():
        raise OutputError(f"cannot write {path}: it is a folder; name a file")
    if path.exists() and not path.is_file():
        raise OutputError(f"cannot write {path}: it is a device or a pipe; name a file")
    return resolved(path)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """A block in which what the system refuses becomes an :class:`OutputError` about ``path``."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror}; choose another place with --out"
        ) from error


def resolved(path: Path) -> Path:
    """The path without links; of links that go round in a circle, as far as it can be followed.

    Other than :meth:`pathlib.Path.resolve`, which raises for such links, with Python 3.11 and 3.12.
    """
    return Path(os.path.realpath(path))
