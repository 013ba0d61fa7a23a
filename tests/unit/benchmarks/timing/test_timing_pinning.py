"""Choosing cores."""

from __future__ import annotations

import pytest

from calobench.benchmarks.timing.pinning import (
    allowed_cpus,
    choose,
    own_affinity,
    place,
    thread_environment,
)
from calobench.errors import DeviceError


def test_the_most_idle_core_is_chosen() -> None:
    assert choose(1, {0: 0.3, 1: 0.1, 2: 0.2}, {}) == {1}
    assert choose(2, {0: 0.3, 1: 0.1, 2: 0.2}, {}) == {1, 2}
    assert choose(1, {3: 0.0, 2: 0.0}, {}) == {2}


def test_hardware_threads_of_a_core_share_its_load() -> None:
    """CPU 0 idles, but the other thread of its core works."""
    pairs = {0: [1], 1: [0], 2: [3], 3: [2]}
    assert choose(1, {0: 0.0, 1: 0.3, 2: 0.1, 3: 0.1}, pairs) == {2}


def test_two_threads_get_two_physical_cores_while_there_are_some() -> None:
    pairs = {0: [1], 1: [0], 2: [3], 3: [2]}
    idle = dict.fromkeys(range(4), 0.0)
    assert choose(2, idle, pairs) == {0, 2}
    assert choose(3, idle, pairs) == {0, 1, 2}
    assert choose(2, {0: 0.0, 1: 0.0}, pairs) == {0, 1}


@pytest.mark.parametrize("threads", [0, -1, 10_000])
def test_more_threads_than_cores(threads: int) -> None:
    with pytest.raises(DeviceError, match=f"--threads {threads}.*give 1 to"):
        place(threads)


def test_a_place_is_among_what_is_allowed() -> None:
    cores = place(1)
    assert len(cores.cores) == 1
    assert cores.cores <= allowed_cpus()
    assert not cores.siblings & cores.cores


def test_what_libraries_are_told() -> None:
    assert thread_environment(3)["OMP_NUM_THREADS"] == "3"


def test_own_affinity_is_what_is_allowed() -> None:
    assert own_affinity() in (allowed_cpus(), frozenset())
