"""Exceptions of numpy, and of what it uses, for a damaged file of arrays."""

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
