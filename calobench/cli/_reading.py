"""A progress bar on stderr for work that takes long enough to look at it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

__all__ = ["progress_over"]

_WORTH_A_BAR = 5000


@contextlib.contextmanager
def progress_over(showers: int, what: str) -> Iterator[Callable[[int], None]]:
    """Yield a function to be called with the number of showers just done."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=showers < _WORTH_A_BAR) as progress:
        bar = progress.add_task(what, total=showers)
        yield lambda done: progress.advance(bar, done)
