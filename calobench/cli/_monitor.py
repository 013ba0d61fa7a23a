"""Progress of a file of showers: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from calobench.cli._terminal import echo, make_console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from calobench.executors.shower_file import Monitor

__all__ = ["shower_monitor"]

# Showers that come a shard at a time are told in no time at all.
_MIN_S = 1e-3


class _Lines:
    """A line now and then, for log files of batch jobs."""

    every_s = 60

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._done = self._total = self._new = 0
        self._first = self._last = 0.0

    def begin(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._last = time.monotonic()
        echo(f"{self._doing} {total - done} showers, {done} of {total} are there", err=True)

    def shower(self, seconds: float) -> None:  # noqa: ARG002
        now = time.monotonic()
        self._done, self._new = self._done + 1, self._new + 1
        if self._new == 1:
            self._first = now  # the speed must not count the time that Geant4 takes to start
        elif now - self._last >= self.every_s or self._done == self._total:
            self._last = now
            rate = (self._new - 1) / max(_MIN_S, now - self._first)
            left = timedelta(seconds=round((self._total - self._done) / rate))
            echo(
                f"{self._done} of {self._total} showers, {rate:.2g} showers/s, {left} left",
                err=True,
            )


class _Bar:
    """A bar on a terminal."""

    def __init__(self, progress: Progress, doing: str) -> None:
        self._progress, self._doing = progress, doing
        self._task: TaskID | None = None

    def begin(self, done: int, total: int) -> None:
        self._task = self._progress.add_task(self._doing, total=total, completed=done)

    def shower(self, seconds: float) -> None:  # noqa: ARG002
        if self._task is not None:
            self._progress.advance(self._task)


@contextlib.contextmanager
def shower_monitor(doing: str) -> Iterator[Monitor]:
    """Show how far a file is until the block ends.

    Args:
        doing: such as ``simulating``.
    """
    from rich import progress as bars
    from rich.text import Text

    class Speed(bars.ProgressColumn):
        def render(self, task: bars.Task) -> Text:
            return Text(f"{task.speed:.2g} showers/s" if task.speed else "")

    console = make_console(stderr=True)
    if not console.is_terminal:
        yield _Lines(doing)
        return
    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn())
    left = (Speed(), bars.TimeRemainingColumn(), bars.TextColumn("left"))
    # One shower may take many seconds: measure the speed over ten minutes.
    with bars.Progress(*columns, *left, console=console, speed_estimate_period=600) as progress:
        yield _Bar(progress, doing)
