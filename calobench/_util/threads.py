"""How many threads the linear algebra may use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["few_threads"]

# With fewer showers threads wait for one another longer than they work: matrices are small.
WORTH_THREADS = 5000


@contextmanager
def few_threads(showers: int) -> Iterator[None]:
    """One thread for small samples, as many as usual for large ones.

    Args:
        showers: of both samples.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1 if showers < WORTH_THREADS else None):
        yield
