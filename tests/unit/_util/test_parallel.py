"""Work on several threads gives the same results in the same order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from calobench._util.parallel import in_order, usable_cores


@pytest.mark.parametrize("workers", [None, 1, 2, 5])
def test_results_are_in_order(workers: int | None) -> None:
    def slow_at_first(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item**2

    assert list(in_order(slow_at_first, range(20), workers)) == [k**2 for k in range(20)]
    assert list(in_order(slow_at_first, [], workers)) == []


def test_work_is_done_side_by_side() -> None:
    # Each waits for the other: one after the other they would wait for ever.
    barrier = threading.Barrier(2, timeout=10)
    assert list(in_order(lambda _: barrier.wait() >= 0, range(2), workers=2)) == [True, True]


def test_items_are_taken_only_a_few_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[Any]:
        for k in range(100):
            taken.append(k)
            yield k

    results: Any = in_order(lambda k: k, items(), workers=3)
    assert next(results) == 0
    assert len(taken) <= 5
    results.close()
    assert len(taken) <= 5


@pytest.mark.parametrize("workers", [1, 3])
def test_errors_come_in_their_turn(workers: int) -> None:
    def fails_at_two(item: int) -> int:
        if item == 2:
            raise ValueError("two")
        return item

    results = in_order(fails_at_two, range(100), workers)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)

    def breaking() -> Iterator[int]:
        yield 1
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        list(in_order(fails_at_two, breaking(), workers))


def test_number_of_workers() -> None:
    assert usable_cores() >= 1
    with pytest.raises(ValueError, match="at least one"):
        list(in_order(str, range(3), workers=0))
