"""The harness's progress as rich bars; plain lines where the output is not a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from calobench._util.progress import Advance
from calobench.cli._terminal import make_console

__all__ = ["RichProgress"]


class RichProgress:
    """One bar a stage, on stderr; see :class:`calobench._util.progress.Progress`."""

    def __init__(self) -> None:
        self._console = make_console(stderr=True)

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        """Show a bar of ``total`` items until the block ends."""
        with self._bar(name, total, f"{total}", MofNCompleteColumn()) as advance:
            yield advance

    @contextmanager
    def download(self, name: str, size: int) -> Iterator[Advance]:
        """Show a bar of ``size`` bytes until the block ends."""
        columns = (DownloadColumn(), TransferSpeedColumn())
        with self._bar(name, size, f"{size / 1e6:.1f} MB", *columns) as advance:
            yield advance

    @contextmanager
    def _bar(self, name: str, total: int, words: str, *counts: ProgressColumn) -> Iterator[Advance]:
        if not self._console.is_terminal:
            start = time.perf_counter()
            yield lambda _items=1, /: None
            seconds = time.perf_counter() - start
            self._console.print(f"{name}: {words} in {seconds:.1f} s")
            return
        columns = (
            TextColumn("{task.description:22}"),
            BarColumn(),
            *counts,
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console) as bars:
            task = bars.add_task(name, total=total)
            yield lambda items=1, /: bars.advance(task, items)
