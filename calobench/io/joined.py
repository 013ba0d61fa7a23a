"""Several files as one sample, as jobs and data sets write them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from calobench.io.readers.lemurs import LemursFile
from calobench.showers import Conditions, Showers

__all__ = ["JoinedFiles", "paths_in", "stem_of"]


def paths_in(text: str | Path) -> tuple[Path, ...]:
    """Files that are named in one text: one, or several separated by commas."""
    if Path(text).exists():
        return (Path(text),)
    return tuple(Path(part.strip()) for part in str(text).split(",") if part.strip()) or (
        Path(text),
    )


def stem_of(paths: Sequence[Path]) -> str:
    """A short name of one or several files."""
    more = f"+{len(paths) - 1}" if len(paths) > 1 else ""
    return f"{paths[0].stem}{more}"


class JoinedFiles:
    """LEMURS-layout files, open for reading one after the other; use it as a context manager.

    Args:
        paths: the files in order, at least one.
        shape: (R, PHI, Z), the shape that one shower must have.

    Attributes:
        files: the open files.

    Raises:
        ShowerFileError: one cannot be read, or does not have the layout.
    """

    def __init__(self, paths: Sequence[Path], shape: tuple[int, int, int]) -> None:
        with contextlib.ExitStack() as stack:
            self.files = tuple(stack.enter_context(LemursFile(path, shape)) for path in paths)
            self._open = stack.pop_all()

    def __len__(self) -> int:
        """Number of showers of all files."""
        return sum(len(file) for file in self.files)

    @property
    def conditions(self) -> Conditions:
        """Incident particles of all showers, MeV and rad, float64 (N,)."""
        parts = [file.conditions for file in self.files]
        return Conditions(
            *(
                np.concatenate([getattr(p, name) for p in parts])
                for name in ("energy", "theta", "phi")
            )
        )

    @property
    def description(self) -> str | None:
        """What made the showers, each statement once; None if no file says."""
        found = dict.fromkeys(file.description for file in self.files if file.description)
        return "; ".join(found) or None

    def chunks(self, size: int, stop: int | None = None) -> Iterator[Showers]:
        """The showers in order, at most ``size`` at a time; only the first ``stop`` if given."""
        left = len(self) if stop is None else stop
        for file in self.files:
            taken = min(left, len(file))
            if taken:
                yield from file.chunks(size, stop=taken)
            left -= taken

    def remarks(self) -> tuple[str, ...]:
        """What was noticed in the showers that were read, one line each."""
        return tuple(remark for file in self.files for remark in file.remarks())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()
