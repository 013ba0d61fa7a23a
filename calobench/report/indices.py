"""Indices in plain labels: ``E_vis``, ``σ_x``, ``R_50`` are a letter and what stands below it."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["with_indices"]

_INDEXED = re.compile(r"(?<![\w\\])([^\W\d_])_([^\W_]+)(?:,(\w+))?")


def with_indices(
    label: str, indexed: Callable[[str, str], str], plain: Callable[[str], str]
) -> str:
    """The label in another notation.

    Args:
        label: plain text.
        indexed: ``(letter, index)``: how a letter with its index is written.
        plain: how all else is.
    """
    parts, end = [], 0
    for match in _INDEXED.finditer(label):
        letter, index, more = match.groups()
        parts += [
            plain(label[end : match.start()]),
            indexed(letter, f"{index},{more}" if more else index),
        ]
        end = match.end()
    return "".join([*parts, plain(label[end:])])
