"""Number of threads of the linear algebra."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["few_threads", "limit_threads"]

# Read by libraries when they are imported.
_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

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


def limit_threads(threads: int) -> None:
    """Let libraries that this process imports from now on use so many threads each.

    Args:
        threads: at least 1.
    """
    for variable in _VARIABLES:
        os.environ[variable] = str(threads)
