"""What reading a damaged file of arrays raises in numpy and in what it uses."""

from __future__ import annotations

import tokenize
import zipfile
import zlib

__all__ = ["DAMAGED_ARRAYS"]

DAMAGED_ARRAYS = (
    OSError, ValueError, EOFError, RuntimeError, NotImplementedError, KeyError, SyntaxError,
    tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""Exceptions of ``numpy.load`` and of its readers of heads, for ``.npy`` and ``.npz``."""
