"""A run is invalid only on positive evidence."""

from __future__ import annotations

import pytest

from calobench.benchmarks.timing.machine import Snapshot
from calobench.benchmarks.timing.validity import (
    Placement,
    Usage,
    advise,
    judge_validity,
    others_busy,
)

BEFORE = Snapshot(0.0, 0.5, {0: 10.0, 1: 20.0}, {0: 0.0, 1: 0.0}, 100, {0: 5, 1: 9})
QUIET = Snapshot(100.0, 0.9, {0: 105.0, 1: 21.0}, {0: 1.0, 1: 50.0}, 100, {0: 5, 1: 12})
HERE = Placement(frozenset({0}), frozenset())
FINE = Usage("toy on cpu", 1, 50.0, 49.5, 0.4, 900, affinity=frozenset({0}), torch_threads=1)


def changed(snapshot: Snapshot, **values: object) -> Snapshot:
    return Snapshot(**{**vars(snapshot), **values})


def usage(**values: object) -> Usage:
    return Usage(**{**vars(FINE), **values})


def test_a_quiet_machine_is_valid() -> None:
    """Stolen time and heat of other cores, and frequent preemption, are no evidence."""
    assert judge_validity(BEFORE, QUIET, HERE, [FINE, FINE]) == ()


def test_a_machine_that_tells_nothing_is_valid() -> None:
    silent = Usage("toy on cpu", 1, 50.0, 49.5)
    assert judge_validity(Snapshot(0.0), Snapshot(1.0), HERE, [silent]) == ()
    assert judge_validity(Snapshot(0.0), Snapshot(0.0), HERE, []) == ()


@pytest.mark.parametrize(
    ("after", "own", "reason"),
    [
        (QUIET, usage(cpu_s=40.0), "toy on cpu had a core only 80% of the time"),
        (QUIET, usage(waited_s=5.0), "toy on cpu waited for a core 10% of the time"),
        (QUIET, usage(affinity=frozenset({0, 1})), "toy on cpu could also run on CPU 1"),
        (QUIET, usage(torch_threads=2), "toy on cpu used 2 threads of torch, not 1"),
        (changed(QUIET, swapped_pages=103), FINE, "the machine swapped 3 pages"),
        (changed(QUIET, throttles={0: 6}), FINE, "the cores were throttled 1 times"),
        (changed(QUIET, stolen_s={0: 12.0}), FINE, "the hypervisor took 12% of the time"),
    ],
)
def test_evidence(after: Snapshot, own: Usage, reason: str) -> None:
    reasons = judge_validity(BEFORE, after, HERE, [FINE, own])
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_a_busy_hardware_thread_of_the_same_core() -> None:
    shared = Placement(frozenset({0}), frozenset({1}))
    assert judge_validity(BEFORE, QUIET, shared, [FINE]) == ()
    busy = changed(QUIET, busy_s={0: 105.0, 1: 60.0})
    (reason,) = judge_validity(BEFORE, busy, shared, [FINE])
    assert "CPU 1" in reason
    assert "40% of the time" in reason


def test_all_evidence_is_told() -> None:
    after = changed(QUIET, swapped_pages=101, throttles={0: 6})
    assert len(judge_validity(BEFORE, after, HERE, [usage(cpu_s=1.0), usage(cpu_s=2.0)])) == 4


def test_several_threads_may_wait_for_each_other_but_not_for_a_core() -> None:
    two = Placement(frozenset({0, 1}))
    both = frozenset({0, 1})
    quiet = changed(QUIET, stolen_s={}, throttles={})
    parallel = usage(threads=2, torch_threads=2, cpu_s=60.0, affinity=both)
    assert judge_validity(BEFORE, quiet, two, [parallel]) == ()
    waiting = usage(threads=2, torch_threads=2, cpu_s=60.0, waited_s=20.0, affinity=both)
    (reason,) = judge_validity(BEFORE, quiet, two, [waiting])
    assert "waited for a core 20%" in reason


def test_a_process_that_uses_a_gpu_may_wait_for_it() -> None:
    gpu = usage(name="toy on cuda", cpu_s=5.0, waited_s=20.0, on_cpu=False)
    assert judge_validity(BEFORE, QUIET, HERE, [gpu]) == ()


def test_where_nothing_can_be_pinned_it_is_told_and_not_held_against_the_run() -> None:
    free = Placement(frozenset({0}), pinned=False)
    assert judge_validity(BEFORE, QUIET, free, [usage(affinity=frozenset({0, 1}))]) == ()
    assert advise(free, 1, None, 2) == ("this system cannot pin processes to cores",)


def test_the_load_of_others() -> None:
    others = others_busy(BEFORE, QUIET, 90.0)
    assert others == pytest.approx((95 + 1 - 90) / 100)
    assert advise(HERE, 1, others, 2) == ()
    (note,) = advise(HERE, 1, 1.4, 2)
    assert "1.4 of the machine's 2 cores" in note
    assert others_busy(Snapshot(0.0), Snapshot(1.0), 0.5) is None
    assert others_busy(BEFORE, QUIET, 1e9) == 0
