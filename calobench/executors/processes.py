"""Shards in processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from calobench._util.threads import limit_threads
from calobench.errors import ExecutorError
from calobench.executors.base import ATTEMPTS, K, V

__all__ = ["ProcessExecutor"]


class ProcessExecutor:
    """Processes of this machine, each with one thread, so that numbers do not depend on how many there are.

    Args:
        workers: processes, at least 1.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        """See :class:`~calobench.executors.base.Executor`."""
        left, deaths = dict.fromkeys(keys), 0
        while left:
            # All workers of a pool end with any one of them: a new pool goes on with what is left.
            running: set[K] = set()
            try:
                with self._pool(len(left)) as pool:
                    for key, value in _as_finished(
                        pool, function, list(left), self.workers, running
                    ):
                        del left[key]
                        deaths = 0
                        yield key, value
            # A pipe that breaks is that of a process killed while it starts.
            except (BrokenProcessPool, BrokenPipeError) as error:
                deaths += 1
                if deaths >= ATTEMPTS:
                    names = " and ".join(sorted(map(str, running)))
                    raise ExecutorError(
                        f"workers were killed {deaths} times in a row while they did {names}; there may "
                        "be too little memory: give fewer --workers"
                    ) from error

    def _pool(self, shards: int) -> ProcessPoolExecutor:
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(min(self.workers, shards), spawn, _begin)

    def close(self) -> None:
        """See :class:`~calobench.executors.base.Executor`: every call has processes of its own."""


def _begin() -> None:
    limit_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the parent is killed: a pool's workers would wait for its next shard for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _as_finished(
    pool: ProcessPoolExecutor,
    function: Callable[[K], V],
    keys: Sequence[K],
    workers: int,
    running: set[K],
) -> Iterator[tuple[K, V]]:
    """Only as many shards are given out as there are workers: a death concerns no others."""
    waiting = list(reversed(keys))
    futures: dict[Future[V], K] = {}
    while waiting or futures:
        while waiting and len(futures) < workers:
            key = waiting.pop()
            running.add(key)
            futures[pool.submit(function, key)] = key
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        for future in done:
            try:
                value = future.result()
            except BrokenPipeError as error:  # its own, not that of a worker
                raise ExecutorError(f"{futures[future]}: {error}") from error
            key = futures.pop(future)
            running.discard(key)
            yield key, value
