"""Where a command may write: not over what it reads, nor unasked over what is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from calobench.errors import OutputError

__all__ = ["is_stdout", "require_apart", "require_free", "write_document"]


def is_stdout(path: Path | None) -> bool:
    """Whether ``-`` was given in place of a file: standard output."""
    return path is not None and str(path) == "-"


def write_document(path: Path, content: str) -> None:
    """Write a whole document, in UTF-8, to a file or to standard output.

    Args:
        path: the file; ``-`` is standard output.
        content: of the document.

    Raises:
        OutputError: the file cannot be written.
    """
    from calobench._util.atomic import write_text

    if not is_stdout(path):
        write_text(path, content)
    elif sys.stdout is not None:
        # Bytes: another program reads them, whatever the terminal shows.
        sys.stdout.flush()
        sys.stdout.buffer.write(content.encode())
        sys.stdout.buffer.flush()


def require_apart(read: Mapping[str, Path | None], written: Mapping[str, Path | None]) -> None:
    """Check that nothing is overwritten that is still wanted.

    Args:
        read: files that the command reads, by the name of the argument or option.
        written: files that it writes.

    Raises:
        OutputError: two of them are one file.
    """
    taken = {path.resolve(): name for name, path in read.items() if path is not None}
    for name, path in written.items():
        if path is None:
            continue
        place = path if is_stdout(path) else path.resolve()
        if place in taken:
            raise OutputError(f"{name} and {taken[place]} are one file, {path}; name another")
        taken[place] = name


def require_free(option: str, path: Path, *, force: bool) -> None:
    """Check that a file may be written there.

    Args:
        option: that names it.
        path: the file.
        force: it may be replaced.

    Raises:
        OutputError: it is a folder, or exists and is not to be replaced.
    """
    if is_stdout(path):
        return
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give a file as {option}")
    if path.exists() and not force:
        raise OutputError(f"{path} exists; give another {option}, or replace it with --force")
