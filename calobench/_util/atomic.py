"""Writing files so that a final place never holds half of one."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from calobench.errors import OutputError

__all__ = ["atomic_path", "write_bytes", "write_text"]


@contextlib.contextmanager
def atomic_path(final: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``final``; on success it is flushed to disk and renamed.

    On any error the temporary file is removed and ``final`` stays as it was.

    Raises:
        OutputError: ``final`` is a folder, a device or a pipe, or its folder cannot be made or written.
    """
    if final.is_dir():
        raise OutputError(f"cannot write {final}: it is a folder; name a file")
    if final.exists() and not final.is_file():
        raise OutputError(f"cannot write {final}: it is a device or a pipe; name a file")
    # What a link points to is replaced, not the link.
    final = final.resolve()
    partial = final.with_name(f".{final.name}.{secrets.token_hex(4)}.partial")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
    except OSError as error:
        raise OutputError(
            f"cannot write {final}: {error.strerror}; choose another place with --out"
        ) from error
    try:
        yield partial
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        partial.replace(final)
    finally:
        partial.unlink(missing_ok=True)


def write_bytes(final: Path, content: bytes) -> None:
    """Write ``content`` to ``final`` atomically."""
    with atomic_path(final) as partial:
        partial.write_bytes(content)


def write_text(final: Path, content: str) -> None:
    """Write ``content`` to ``final`` atomically, in UTF-8."""
    write_bytes(final, content.encode())
