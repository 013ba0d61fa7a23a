"""Reading the machine's counters."""

from __future__ import annotations

from calobench.benchmarks.timing.machine import (
    parse_cpu_list,
    parse_stat,
    parse_vmstat,
    read_snapshot,
)

STAT = """\
cpu  300 10 50 1000 20 0 5 7 0 0
cpu0 100 10 20 500 10 3 5 4 0 0
cpu12 200 0 30 500 10 0 0 3 50 0
intr 12345 0 0
"""


def test_busy_is_all_but_idle_waiting_and_stolen() -> None:
    busy, stolen = parse_stat(STAT, 100)
    assert busy == {0: 1.38, 12: 2.3}
    assert stolen == {0: 0.04, 12: 0.03}


def test_old_kernels_have_fewer_columns() -> None:
    assert parse_stat("cpu0 1 2 3 4 5 6 7", 1) == ({0: 19.0}, {0: 0.0})


def test_swapped_pages() -> None:
    assert parse_vmstat("nr_free_pages 9\npswpin 3\npswpout 4\nzswpin 99\n") == 7
    assert parse_vmstat("nr_free_pages 9\n") is None
    assert parse_vmstat("") is None


def test_lists_of_cpus() -> None:
    assert parse_cpu_list("0,2-4\n") == {0, 2, 3, 4}
    assert parse_cpu_list("") == frozenset()


def test_a_snapshot_can_be_taken_here() -> None:
    first, second = read_snapshot(), read_snapshot()
    assert second.time_s >= first.time_s
    for cpu, busy in first.busy_s.items():
        assert second.busy_s[cpu] >= busy
