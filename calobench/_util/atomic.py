"""Writing files so that a final place never holds half of one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from calobench._util.commit import AppearedError, clear_left
from calobench._util.partials import flush, make_folder, partial_path, place, remove_empty
from calobench._util.places import require_place, told

__all__ = ["atomic_path", "write_bytes", "write_text"]


@contextlib.contextmanager
def atomic_path(final: Path, *, replace: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside ``final``; on success it is flushed to disk and gets that name.

    On any error the temporary file is removed and ``final`` stays as it was. What dead processes left
    in the folder is cleared.

    Args:
        final: the file; what a link points to is replaced, not the link.
        replace: an older file is replaced; else it is kept, also if it appears while this one is written.

    Raises:
        AppearedError: the file is there and is not to be replaced.
        OutputError: ``final`` is a folder, a device or a pipe, or its folder cannot be made or written.
    """
    final = require_place(final)
    clear_left(final.parent)
    if not replace and os.path.lexists(final):
        raise AppearedError.at(final)
    partial = partial_path(final.parent)
    with contextlib.ExitStack() as left:
        with told(final):
            left.callback(remove_empty, make_folder(final.parent))
            left.callback(partial.unlink, missing_ok=True)
            partial.touch()
        yield partial
        with told(final):
            flush(partial)
            try:
                place(partial, final, replace=replace)
            except FileExistsError as error:
                raise AppearedError.at(final) from error
            flush(final.parent)


def write_bytes(final: Path, content: bytes, *, replace: bool = True) -> None:
    """Write ``content`` to ``final`` as :func:`atomic_path` does.

    Raises:
        OutputError: as there; also of a full disk.
    """
    with atomic_path(final, replace=replace) as partial, told(final):
        partial.write_bytes(content)


def write_text(final: Path, content: str, *, replace: bool = True) -> None:
    """Write ``content`` to ``final`` as :func:`atomic_path` does, in UTF-8."""
    write_bytes(final, content.encode(), replace=replace)
