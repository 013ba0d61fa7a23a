"""Doing things on several cores, with results that do not depend on how many."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_order", "usable_cores"]

A = TypeVar("A")
B = TypeVar("B")


def usable_cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1


def in_order(
    function: Callable[[A], B], items: Iterable[A], workers: int | None = None
) -> Iterator[B]:
    """``map`` on threads: results come in the order of the items, whoever was first.

    For functions that spend their time outside Python (numpy, zlib). Items are taken only a few ahead
    of what has been asked for, so that memory does not grow with their number.

    Args:
        function: called with each item, in several threads at once.
        items: taken by the calling thread.
        workers: threads; None for one per core. With one, everything is done in the calling thread.

    Raises:
        ValueError: there is no worker.
        Exception: whatever ``function`` or ``items`` raise, in its turn; work on later items is
            finished or never begun.
    """
    workers = usable_cores() if workers is None else workers
    if workers < 1:
        raise ValueError("at least one worker is needed")
    if workers == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[Future[B]] = deque()
        try:
            for item in items:
                ahead.append(pool.submit(function, item))
                if len(ahead) > workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()
