"""Places that are to be written: what may not be one, and what the system says of one."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from calobench._util.files import special_kind
from calobench.errors import OutputError

__all__ = ["reason_of", "require_place", "resolved", "told"]

# In the message of HDF5's error, among times, addresses and numbers.
_REASON = re.compile(r"error message = '([^']+)'")


def require_place(path: Path) -> Path:
    """The place where a file called ``path`` is, or would be.

    Raises:
        OutputError: it is a folder, a device, a pipe or a socket.
    """
    try:
        special = special_kind(path.stat().st_mode)
    except (OSError, ValueError):
        special = None  # nothing is there, or writing it says what is the matter
    if special is not None:
        raise OutputError(f"cannot write {path}: it is {special}; name a file")
    return resolved(path)


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """A block in which what the system refuses becomes an :class:`OutputError` about ``path``."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {reason_of(error)}; choose another place with --out"
        ) from error


def reason_of(error: Exception) -> str:
    """The system's own words for an error, such as ``No space left on device``, in one line."""
    text = " ".join(str(error).split())
    inside = _REASON.search(text)
    if inside is not None:
        return inside[1]
    return (isinstance(error, OSError) and error.strerror) or text


def resolved(path: Path) -> Path:
    """The path without links; of links that go round in a circle, as far as it can be followed.

    Other than :meth:`pathlib.Path.resolve`, which raises for such links, with Python 3.11 and 3.12.
    """
    return Path(os.path.realpath(path))
