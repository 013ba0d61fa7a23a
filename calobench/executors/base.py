"""The one interface: shards, and who does them.

A shard is a call ``function(key)`` that can be repeated: it leaves its result under its final name when it is
whole (temporary name, flushed to disk, renamed), and does nothing where that is there. So a worker that dies
costs the time of its shard, and the shard is done again; the results do not depend on where, how often or in
which order. What joins the shards in the end must not depend on how they are grouped.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Protocol, TypeVar

__all__ = ["ATTEMPTS", "Executor", "K", "Part", "V"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ATTEMPTS = 10
"""Workers that die so often without a shard being finished between do not die by accident."""


class Executor(Protocol):
    """Does shards somewhere."""

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


class Part:
    """Part ``k`` of ``n`` of the shards, as one job of an array does it; the other jobs do the rest.

    Every n-th shard, so that parts are alike. Give it all keys, also of shards that are done: parts that
    depend on what is done already would overlap.

    Args:
        executor: does the part.
        k: of the part, from 1.
        n: number of parts.
    """

    def __init__(self, executor: Executor, k: int, n: int) -> None:
        self._executor, self._k, self._n = executor, k, n

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        """See :class:`Executor`."""
        return self._executor.map_shards(function, self.of(keys))

    def of(self, keys: Sequence[K]) -> Sequence[K]:
        """The keys of this part."""
        return keys[self._k - 1 :: self._n]

    def close(self) -> None:
        """See :class:`Executor`."""
        self._executor.close()
