"""Shards that start a process of their own, which threads of this process wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from calobench.executors.base import K, V

__all__ = ["ThreadExecutor"]


class ThreadExecutor:
    """Threads of this process: for shards that spend their time in a process that they start and watch.

    Args:
        workers: shards at the same time, at least 1.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        """See :class:`~calobench.executors.base.Executor`; the function need not be one that can be sent."""
        pool = ThreadPoolExecutor(self.workers)
        try:
            futures = {pool.submit(function, key): key for key in keys}
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            # Whoever ends early also ends the processes that the threads are waiting for.
            pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """See :class:`~calobench.executors.base.Executor`."""
