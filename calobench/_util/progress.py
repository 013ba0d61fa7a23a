"""Progress of the harness, told to a caller without printing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["Advance", "Progress", "SilentProgress"]


class Advance(Protocol):
    """Called with the number of items finished since the last call."""

    def __call__(self, items: int = 1, /) -> None:
        """Move the bar of the current stage."""


class Progress(Protocol):
    """Shows one bar a stage."""

    def stage(self, name: str, total: int) -> AbstractContextManager[Advance]:
        """Open a bar of ``total`` items."""


class SilentProgress:
    """Shows nothing."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:  # noqa: ARG002
        """See :class:`Progress`."""

        def advance(items: int = 1, /) -> None:
            pass

        yield advance
