"""Checksums of files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from calobench._util.files import UnreadableError, require_readable
from calobench.errors import ShowerFileError

__all__ = ["sha256_of_file", "sha256_of_files"]


def sha256_of_file(path: str | Path) -> str:
    """SHA-256 of a file of any size, in hexadecimal.

    Raises:
        ShowerFileError: the file cannot be read.
    """
    try:
        require_readable(Path(path))
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except UnreadableError as error:
        raise ShowerFileError(f"cannot read {path}: {error}") from error
    except OSError as error:
        raise ShowerFileError(
            f"cannot read {path}: {error.strerror}; check the path and its permissions"
        ) from error


def sha256_of_files(paths: Sequence[str | Path]) -> str:
    """SHA-256 of a file; of several, of their checksums in order, in hexadecimal.

    Raises:
        ShowerFileError: a file cannot be read.
    """
    sums = [sha256_of_file(path) for path in paths]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()
