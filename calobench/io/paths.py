"""Files that are named in one text: one, several with commas between, or a pattern."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from calobench.errors import ShowerFileError

__all__ = ["is_pattern", "paths_in", "stem_of"]


def is_pattern(text: str | Path) -> bool:
    """Whether a text names files by a pattern such as ``jobs/*.h5``."""
    return any(mark in str(text) for mark in "*?")


def paths_in(text: str | Path) -> tuple[Path, ...]:
    """Files that are named in one text; those of a pattern in alphabetical order.

    Raises:
        ShowerFileError: no file fits a pattern.
    """
    if Path(text).exists():
        return (Path(text),)
    parts = [part.strip() for part in str(text).split(",") if part.strip()] or [str(text)]
    return tuple(path for part in parts for path in _fitting(part))


def _fitting(part: str) -> list[Path]:
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
