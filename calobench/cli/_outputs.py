"""Checks of where a command may write: not over what it reads, nor unasked over what is there."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Mapping
from pathlib import Path

from calobench._util.commit import Output, clear_left, write_together
from calobench._util.places import resolved
from calobench.errors import OutputError

__all__ = [
    "COMPLETED",
    "is_stdout",
    "named_file",
    "require_apart",
    "require_free",
    "require_html",
    "write_documents",
]

_START_BYTES = 4096

COMPLETED = "note: this call was killed while it wrote its results; they are whole and in place now"


def is_stdout(path: Path | None) -> bool:
    """Whether ``-`` was given in place of a file: standard output."""
    return path is not None and str(path) == "-"


def require_html(option: str, page: Path) -> None:
    """Raise where a name promises another format than that of a page, which is HTML.

    Args:
        option: that the page was named with.
        page: as it was given; ``-`` is standard output.

    Raises:
        OutputError: it ends as the name of something else.
    """
    if not is_stdout(page) and page.suffix.lower() not in ("", ".html", ".htm"):
        raise OutputError(f"{option} {page}: the page is HTML; name it {page.with_suffix('.html')}")


def write_documents(documents: Mapping[Path, str], *, replace: bool) -> None:
    """Write whole documents, in UTF-8, to files or to standard output: all files, or none.

    Args:
        documents: their contents by their files, the one that decides last; ``-`` is standard output.
        replace: older files are replaced; else they are kept, and nothing is written.

    Raises:
        OutputError: a file cannot be written, or what is there is data and no document.
    """
    for path in documents:
        if not is_stdout(path):
            _require_document(path)
    files = [
        Output(path, content.encode(), replace)
        for path, content in documents.items()
        if not is_stdout(path)
    ]
    for folder in {file.path.parent for file in files}:
        clear_left(folder)
    if files:
        write_together(files)
    for path, content in documents.items():
        if is_stdout(path) and sys.stdout is not None:
            # Bytes: another program reads them, whatever the terminal shows.
            sys.stdout.flush()
            sys.stdout.buffer.write(content.encode())
            sys.stdout.buffer.flush()


def _require_document(path: Path) -> None:
    """Check that nothing but a text is replaced: a shower file given by mistake is kept."""
    if not path.is_file():
        return
    try:
        with path.open("rb") as stream:
            start = stream.read(_START_BYTES)
    except OSError:
        return
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        start += b"\0"
    if b"\0" in start:
        raise OutputError(f"{path} holds data, not a text that a new one may replace; name another")


def require_apart(read: Mapping[str, Path | None], written: Mapping[str, Path | None]) -> None:
    """Check that nothing is overwritten that is still needed.

    Args:
        read: files that the command reads, by the name of the argument or option.
        written: files that it writes.

    Raises:
        OutputError: two of them are one file.
    """
    taken = {resolved(path): name for name, path in read.items() if path is not None}
    for name, path in written.items():
        if path is None:
            continue
        place = path if is_stdout(path) else resolved(path)
        if place in taken:
            raise OutputError(f"{name} and {taken[place]} are one file, {path}; name another")
        taken[place] = name


def named_file(text: str) -> Path | None:
    """The file that an argument names which may also name something else; None for none."""
    path = Path(text)
    return path if path.exists() else None


def require_free(option: str, path: Path, *, force: bool) -> None:
    """Check that a file may be written there, and clear what dead processes left beside it.

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
    clear_left(path.parent)
    if path.exists() and not force:
        raise OutputError(f"{path} exists; give another {option}, or replace it with --force")
