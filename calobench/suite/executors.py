"""Where the shards of a piece of work run: in processes of this machine, or on a Dask cluster.

A shard is a call ``function(key)`` that can be repeated: it leaves its result under its final name when it is
whole, and does nothing where that is there. So a worker that dies costs the time of its shard, and the
shard is done again; the results do not depend on where, how often or in which order.
"""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol, TypeVar

from calobench import __version__
from calobench._util.threads import limit_threads
from calobench.errors import ExecutorError, MissingPackageError

__all__ = ["DaskExecutor", "Executor", "ProcessExecutor"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Workers that die so often without a shard being finished between do not die by accident.
_ATTEMPTS = 10


class Executor(Protocol):
    """Runs shards somewhere."""

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        """Call the function once per key, and again where its worker died.

        Args:
            function: of a module, so that it can be sent; it can be repeated.
            keys: different ones.

        Returns:
            Each key with its value, as they are finished.

        Raises:
            ExecutorError: workers die again and again, or cannot be used.
            Exception: whatever the function raises.
        """

    def close(self) -> None:
        """Leave it; the keys that are left are not done."""


class ProcessExecutor:
    """Processes of this machine, each with one thread, so that numbers do not depend on how many there are.

    Args:
        workers: processes, at least 1.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        """See :class:`Executor`."""
        left, deaths = dict.fromkeys(keys), 0
        while left:
            # All workers of a pool end with any one of them: a new pool goes on with what is left.
            running: set[K] = set()
            with ProcessPoolExecutor(
                self.workers, multiprocessing.get_context("spawn"), limit_threads, (1,)
            ) as pool:
                try:
                    for key, value in _as_finished(
                        pool, function, list(left), self.workers, running
                    ):
                        del left[key]
                        deaths = 0
                        yield key, value
                except BrokenProcessPool as error:
                    deaths += 1
                    if deaths >= _ATTEMPTS:
                        names = " and ".join(sorted(map(str, running)))
                        raise ExecutorError(
                            f"workers were killed {deaths} times in a row while they did {names}; there may "
                            "be too little memory: give fewer --workers"
                        ) from error

    def close(self) -> None:
        """See :class:`Executor`: every call has processes of its own."""


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
            futures[pool.submit(function, key)] = key
            running.add(key)
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        for future in done:
            value = future.result()
            key = futures.pop(future)
            running.discard(key)
            yield key, value


class DaskExecutor:
    """A Dask cluster, which somebody has started (on HTCondor or Slurm with dask-jobqueue, for example).

    Args:
        address: of its scheduler, e.g. ``tcp://host:8786``.

    Raises:
        MissingPackageError: Dask is not installed.
        ExecutorError: no scheduler answers, it has no workers, or they have another version of calobench.
    """

    def __init__(self, address: str) -> None:
        try:
            self._dask: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise MissingPackageError(
                "--scheduler needs Dask, which is not installed; pip install 'calobench[dask]'"
            ) from error
        try:
            self._client = self._dask.Client(address, timeout=20)
            versions = self._client.run(_version)
        except (OSError, ValueError, TypeError) as error:
            raise ExecutorError(
                f"no Dask scheduler answers at {address} ({' '.join(str(error).split())}); check the address"
            ) from error
        if not versions:
            self.close()
            raise ExecutorError(f"the scheduler at {address} has no workers; start some")
        other = {worker: found for worker, found in versions.items() if found != __version__}
        if other:
            self.close()
            worker, found = next(iter(other.items()))
            raise ExecutorError(
                f"{len(other)} of {len(versions)} workers have another version of calobench ({worker} has "
                f"{found}, here it is {__version__}); start them from the same environment"
            )

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        """See :class:`Executor`."""
        # Impure: what a scheduler remembers of an earlier call is no proof that the files are there.
        futures = {
            self._client.submit(function, key, pure=False, retries=_ATTEMPTS): key for key in keys
        }
        try:
            for future in self._dask.as_completed(list(futures)):
                try:
                    yield futures[future], future.result()
                except self._dask.KilledWorker as error:
                    raise ExecutorError(
                        f"workers were killed again and again while they did {futures[future]}; they may "
                        "have too little memory"
                    ) from error
        finally:
            self._client.cancel(list(futures))

    def close(self) -> None:
        """Leave the cluster; it goes on."""
        self._client.close()


def _version() -> str:
    from calobench import __version__ as version

    return version
