"""Shards on a Dask cluster, which somebody has started: with dask-jobqueue on HTCondor or Slurm, perhaps."""

from __future__ import annotations

import contextlib
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

from calobench import __version__
from calobench._util.threads import limit_threads
from calobench.errors import ExecutorError, MissingPackageError
from calobench.executors.base import ATTEMPTS, K, V

__all__ = ["DaskExecutor"]

_ANSWER_S = 20.0
# Of a cluster that grows when there is something to do, or has just been started.
_FIRST_WORKER_S = 60.0
# A batch system may take its time to start workers anew after their scheduler has died.
_PATIENCE_S = 600.0
_PAUSE_S = 1.0


class DaskExecutor:
    """A Dask cluster; shards have one thread each there, as they have in processes.

    A scheduler that dies loses nothing: when another answers at its address and has workers, what is left is
    given to it.

    Args:
        address: of its scheduler, e.g. ``tcp://host:8786``.
        patience_s: how long a scheduler that has died, and its workers, may take to come back.

    Raises:
        MissingPackageError: Dask is not installed.
        ExecutorError: no scheduler answers, it has no workers, or they have another version of calobench.
    """

    def __init__(self, address: str, patience_s: float = _PATIENCE_S) -> None:
        try:
            self._dask: Any = importlib.import_module("distributed")
        except ImportError as error:
            raise MissingPackageError(
                "--scheduler needs Dask, which is not installed; pip install 'calobench[dask]'"
            ) from error
        self._address, self._patience_s = address, patience_s
        self._client = self._connected()

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        """See :class:`~calobench.executors.base.Executor`."""
        left, losses = dict.fromkeys(keys), 0
        while left:
            try:
                for key, value in self._as_finished(function, list(left)):
                    del left[key]
                    losses = 0
                    yield key, value
            except _LostError as error:
                losses += 1
                if losses >= ATTEMPTS:
                    raise ExecutorError(
                        f"the scheduler at {self._address} was lost {losses} times without a shard being "
                        "finished between; look at its log"
                    ) from error
                self._connect_again()

    def close(self) -> None:
        """Leave the cluster; it goes on."""
        self._client.close()

    def _as_finished(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        # Impure: what a scheduler remembers of an earlier call is no proof that the files are there.
        submit = partial(self._client.submit, _on_one_thread, __version__, function, pure=False)
        futures = {submit(key, retries=ATTEMPTS): key for key in keys}
        try:
            for future in self._dask.as_completed(list(futures)):
                yield futures[future], self._value_of(future, futures[future])
        finally:
            with contextlib.suppress(OSError, TimeoutError):
                self._client.cancel(list(futures))

    def _value_of(self, future: Any, key: K) -> Any:
        if future.status in {"cancelled", "lost"}:
            raise _LostError
        try:
            return future.result()
        except (self._dask.comm.CommClosedError, CancelledError) as error:
            # The scheduler told that the shard is finished, and died before it gave the value.
            raise _LostError from error
        except self._dask.KilledWorker as error:
            raise ExecutorError(
                f"workers were killed again and again while they did {key}; they may have too little memory"
            ) from error

    def _connected(self) -> Any:
        address = self._address
        try:
            client = self._dask.Client(address, timeout=_ANSWER_S)
            with contextlib.suppress(TimeoutError):
                client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
            versions = client.run(_version)
        except (OSError, ValueError, TypeError) as error:
            raise _NoAnswerError(
                f"no Dask scheduler answers at {address} ({' '.join(str(error).split())}); check the address"
            ) from error
        if not versions:
            client.close()
            raise _NoAnswerError(f"the scheduler at {address} has no workers; start some")
        other = {worker: stated for worker, stated in versions.items() if stated != __version__}
        if other:
            client.close()
            worker, stated = next(iter(other.items()))
            raise ExecutorError(
                f"{len(other)} of {len(versions)} workers have another version of calobench ({worker} has "
                f"{stated}, here it is {__version__}); start them from the same environment"
            )
        return client

    def _connect_again(self) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            self._client.close()
        patience = time.monotonic() + self._patience_s
        while True:
            try:
                self._client = self._connected()
            except _NoAnswerError:
                if time.monotonic() > patience:
                    raise
                time.sleep(_PAUSE_S)
            else:
                return


class _LostError(Exception):
    """The scheduler has gone, and with it all that it knew."""


class _NoAnswerError(ExecutorError):
    """Nobody is there, or not yet."""


def _on_one_thread(version: str, function: Callable[[K], V], key: K) -> V:
    """The function's value; libraries have one thread, as in processes, whatever cores the worker has.

    Raises:
        ExecutorError: a worker that came later has another version of calobench.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if _version() != version:
        raise ExecutorError(
            f"a worker has calobench {_version()}, here it is {version}; start it from the same environment"
        )
    limit_threads(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    with threadpool_limits(1):
        return function(key)


def _version() -> str:
    from calobench import __version__ as version

    return version
