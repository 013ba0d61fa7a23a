"""Files that are named in one text: one, several with commas between, a pattern, or a public data set."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from calobench.datasets import is_data_set, local_files
from calobench.errors import ShowerFileError

__all__ = ["is_pattern", "paths_in", "stem_of"]


def is_pattern(text: str | Path) -> bool:
    """Whether a text names files by a pattern such as ``jobs/*.h5``."""
    return any(mark in str(text) for mark in "*?")


def paths_in(text: str | Path) -> tuple[Path, ...]:
    """Files that are named in one text; those of a pattern in alphabetical order.

    A public data set (``lemurs:FCCeeALLEGRO/50GeV``) stands for its files, where it was fetched before.

    Raises:
        ShowerFileError: no file fits a pattern.
        FetchError: a data set was not fetched.
        UnknownNameError: a data set has no such sample.
    """
    if Path(text).exists():
        return (Path(text),)
    parts = [part.strip() for part in str(text).split(",") if part.strip()] or [str(text)]
    return tuple(path for part in parts for path in _fitting(part))


def _fitting(part: str) -> list[Path]:
    if not Path(part).exists() and is_data_set(part):
        return list(local_files(part))
    if Path(part).exists() or not is_pattern(part):
        return [Path(part)]
    paths = [Path(name) for name in sorted(glob.glob(part, recursive=True))]  # noqa: PTH207 (Path.glob takes no absolute pattern)
    if not paths:
        raise ShowerFileError(f"no file fits '{part}'; check the pattern and the folder")
    return paths


def stem_of(paths: Sequence[Path]) -> str:
    """A short name of one or several files."""
    more = f"+{len(paths) - 1}" if len(paths) > 1 else ""
    return f"{paths[0].stem}{more}"
