"""Reading files that somebody named: a pipe, a device or a file without end is refused, never waited for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["UnreadableError", "read_bytes", "read_text", "require_readable", "special_kind"]

# What is no file, and can be neither read twice nor replaced, as files are here.
_SPECIAL = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class UnreadableError(Exception):
    """Raised when a path is no file that can be read; the text says why, and what to do.

    Whoever reads turns it into a named error that says what the file should be.
    """


def special_kind(mode: int) -> str | None:
    """The kind of something that is no file, by its mode: a folder, pipe, ...; None for a file."""
    return next((what for is_special, what in _SPECIAL if is_special(mode)), None)


def require_readable(path: Path) -> int:
    """The size in bytes of the file at ``path``; nothing is opened that is no file.

    Raises:
        UnreadableError: it is missing, a folder, a pipe, a device, a socket, or cannot be read.
    """
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise UnreadableError("it does not exist; check the path") from error
    except OSError as error:
        raise UnreadableError(f"{error.strerror}; check the path and its permissions") from error
    except ValueError as error:
        raise UnreadableError(f"{error}; check the path") from error
    special = special_kind(status.st_mode)
    if special == "a folder":
        raise UnreadableError("it is a folder; name one file in it")
    if special is not None:
        raise UnreadableError(f"it is {special}; copy what it holds into a file and name that")
    if not os.access(path, os.R_OK):
        raise UnreadableError("Permission denied; check its permissions")
    return status.st_size


def read_bytes(path: Path, limit: int) -> bytes:
    """All of a file of at most ``limit`` bytes.

    Raises:
        UnreadableError: it is no file, larger, or cannot be read.
    """
    size = require_readable(path)
    try:
        # Without waiting: what looks like a file may still be none, such as /proc/kmsg.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            content = b"" if size > limit else stream.read(limit + 1) or b""
    except OSError as error:
        raise UnreadableError(f"{error.strerror}; check its permissions") from error
    if max(size, len(content)) > limit:
        raise UnreadableError(
            f"it is larger than {limit / 1e6:g} MB; check that it is the right file"
        )
    return content


def read_text(path: Path, limit: int) -> str:
    """All of a text of at most ``limit`` bytes, in UTF-8; line ends become line feeds.

    Raises:
        UnreadableError: as :func:`read_bytes`, or it is no text.
    """
    try:
        text = read_bytes(path, limit).decode()
    except UnicodeDecodeError as error:
        raise UnreadableError(f"it is no text in UTF-8 ({error.reason})") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
