"""Standard output and error that change no result: whoever reads them, or no longer does.

A verdict is an exit code. It must not depend on the encoding of the terminal, on a reader that has
closed its end of a pipe (``| head``, ``| grep -q``), or on a disk that is full where the log goes.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import select
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, TextIO

__all__ = ["plain", "steady_streams"]

_ERRORS = "calobench.plain"
_ASCII = {
    "±": "+-", "×": "x", "·": ".", "−": "-", "–": "-", "—": "-", "→": "->", "←": "<-", "≤": "<=", "≥": ">=",
    "≈": "~", "√": "sqrt", "°": " deg", "α": "alpha", "β": "beta", "γ": "gamma", "Δ": "D", "η": "eta",
    "θ": "theta", "λ": "lambda", "μ": "u", "π": "pi", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi",
    "‘": "'", "’": "'", "“": '"', "”": '"', "ß": "ss", "ø": "o", "æ": "ae", "█": "#", "•": "*",
}  # fmt: skip


def plain(text: str) -> str:
    """The text in ASCII: letters without accents, signs by name, frames as lines."""
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if character in _ASCII:
        return _ASCII[character]
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        return {"━": "-", "─": "-", "┃": "|", "│": "|"}.get(character, "+")
    kept = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return kept or "?"


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return plain(error.object[error.start : error.end]), error.end


@contextlib.contextmanager
def steady_streams() -> Iterator[None]:
    """Standard output and error that never fail, inside.

    What the encoding cannot show is written in ASCII; what cannot be written is dropped. Streams that
    are not the process's own (of a notebook, a test) stay as they are.
    """
    codecs.register_error(_ERRORS, _replace)
    own = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_steady(stream) for stream in own)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
        sys.stdout, sys.stderr = own


def _steady(stream: TextIO) -> TextIO:
    # A class derived from it, or another, is somebody else's way to show what is printed.
    if type(stream) is not io.TextIOWrapper:
        return stream
    try:
        descriptor = stream.fileno()
        stream.flush()
    except (OSError, ValueError):
        return stream
    if os.name == "nt" and stream.isatty():
        # The console of Windows takes all of Unicode, and has no pipe to break.
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(_Steady(descriptor)),
        encoding=stream.encoding,
        errors=_ERRORS,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


class _Steady(io.RawIOBase):
    """Bytes to a descriptor that others close; after the first failure they are dropped."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._gone = False

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, data: Any, /) -> int:
        """Write, or drop; returns how many bytes were taken."""
        size = memoryview(data).nbytes
        while not self._gone:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:
                # Some runners of jobs give pipes that do not block.
                select.select([], [self._descriptor], [])
            except OSError:
                self._gone = True
        return size
