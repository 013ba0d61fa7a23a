"""Intermediate results of a long study: a study that is stopped goes on where it was."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

__all__ = ["kept"]

Value = TypeVar("Value")


def kept(folder: Path | None, name: str, make: Callable[[], Value]) -> Value:
    """The result of ``make``, made once.

    The folder is the caller's own and of one set of arguments: what lies in it is unpickled as it is.

    Args:
        folder: where it is kept; None: nowhere.
        name: of the file.
        make: makes it where it is not there yet.
    """
    if folder is None:
        return make()
    path = folder / f"{name}.pkl"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(pickle.dumps(make()))
        partial.rename(path)
    value: Value = pickle.loads(path.read_bytes())  # noqa: S301
    return value
