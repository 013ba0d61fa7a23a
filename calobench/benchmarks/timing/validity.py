"""Whether times may be believed: a run is invalid only on positive evidence, each with its reason.

The rules follow k4Bench's reliability check: CPU efficiency below 95 %, swapping and thermal throttling
make a run invalid; context switches and the load of other processes on other cores are only told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calobench.benchmarks.timing.machine import Snapshot

__all__ = ["Placement", "Usage", "advise", "judge_validity", "others_busy"]

_TOLERATED = 0.05
"""Fraction of the time that may be lost before it is called disturbed."""


@dataclass(frozen=True)
class Placement:
    """The CPUs on which everything was measured.

    Attributes:
        cores: the CPUs that all processes were pinned to.
        siblings: hardware threads that share a core with one of them.
        pinned: False where the system cannot pin.
    """

    cores: frozenset[int]
    siblings: frozenset[int] = frozenset()
    pinned: bool = True


@dataclass(frozen=True)
class Usage:
    """Conditions of one process on the machine while it measured.

    Attributes:
        name: for people, e.g. ``distilled on cpu``.
        threads: that it was to use.
        wall_s: time of all its measured calls.
        cpu_s: CPU time of the same.
        waited_s: time in which it could have run but was not let; None if unknown.
        switches: times it was taken off its core.
        on_cpu: False for a model on another device, whose process may wait.
        affinity: the CPUs that any of its threads could run on, as read back.
        torch_threads: threads torch says it uses; None without torch.
    """

    name: str
    threads: int
    wall_s: float
    cpu_s: float
    waited_s: float | None = None
    switches: int = 0
    on_cpu: bool = True
    affinity: frozenset[int] = frozenset()
    torch_threads: int | None = None

    @property
    def efficiency(self) -> float:
        """CPU time over wall time; 1 is one core all the time."""
        return self.cpu_s / self.wall_s if self.wall_s > 0 else 1.0


def judge_validity(
    before: Snapshot, after: Snapshot, placement: Placement, usages: Sequence[Usage]
) -> tuple[str, ...]:
    """The reasons why the times are not to be trusted; none: the run is valid.

    Args:
        before: the machine when the measurement began.
        after: the same when it ended.
        placement: where everything was measured.
        usages: what each process got.
    """
    reasons = [reason for usage in usages for reason in _process(usage, placement)]
    elapsed = after.time_s - before.time_s
    if elapsed > 0:
        cores = sorted(placement.cores)
        stolen = _grown(before.stolen_s, after.stolen_s, cores) / (elapsed * max(len(cores), 1))
        if stolen > _TOLERATED:
            reasons.append(f"the hypervisor took {stolen:.0%} of the time of the cores")
        for cpu in sorted(placement.siblings):
            busy = _grown(before.busy_s, after.busy_s, [cpu]) / elapsed
            if busy > _TOLERATED:
                reasons.append(
                    f"CPU {cpu}, a hardware thread of a core that was measured on, worked "
                    f"{busy:.0%} of the time"
                )
    if before.swapped_pages is not None and after.swapped_pages is not None:
        pages = after.swapped_pages - before.swapped_pages
        if pages > 0:
            reasons.append(f"the machine swapped {pages} pages")
    hot = _grown(before.throttles, after.throttles, sorted(placement.cores))
    if hot > 0:
        reasons.append(f"the cores were throttled {hot:g} times because they were hot")
    return tuple(reasons)


def advise(placement: Placement, threads: int, others: float | None, cores: int) -> tuple[str, ...]:
    """Remarks that a reader should know although it proves nothing.

    Args:
        placement: where everything was measured.
        threads: of the process with most of them.
        others: cores that other processes used; None if unknown.
        cores: of the machine.
    """
    notes = []
    if not placement.pinned:
        notes.append("this system cannot pin processes to cores")
    if others is not None and others > cores - threads + _TOLERATED:
        notes.append(
            f"other processes used {others:.1f} of the machine's {cores} cores, and with them "
            "caches and memory"
        )
    return tuple(notes)


def others_busy(before: Snapshot, after: Snapshot, own_cpu_s: float) -> float | None:
    """Cores that other processes used on average between the snapshots; None if unknown.

    Args:
        before: the machine when the measurement began.
        after: the same when it ended.
        own_cpu_s: CPU time of all our processes between the two.
    """
    elapsed = after.time_s - before.time_s
    if not after.busy_s or elapsed <= 0:
        return None
    busy = _grown(before.busy_s, after.busy_s, list(after.busy_s))
    return max(0.0, (busy - own_cpu_s) / elapsed)


def _process(usage: Usage, placement: Placement) -> list[str]:
    reasons = []
    if placement.pinned and usage.affinity and not usage.affinity <= placement.cores:
        extra = ", ".join(str(cpu) for cpu in sorted(usage.affinity - placement.cores))
        reasons.append(f"{usage.name} could also run on CPU {extra}")
    if usage.torch_threads is not None and usage.torch_threads != usage.threads:
        reasons.append(
            f"{usage.name} used {usage.torch_threads} threads of torch, not {usage.threads}"
        )
    if not usage.on_cpu or usage.wall_s <= 0:
        return reasons
    # Several threads wait for each other by nature: only one of them must have been running.
    efficiency = usage.efficiency
    waited = (usage.waited_s or 0) / (usage.wall_s * usage.threads)
    if efficiency < 1 - _TOLERATED:
        reasons.append(f"{usage.name} had a core only {efficiency:.0%} of the time")
    elif waited > _TOLERATED:
        reasons.append(f"{usage.name} waited for a core {waited:.0%} of the time")
    return reasons


def _grown(before: Mapping[int, float], after: Mapping[int, float], cpus: Sequence[int]) -> float:
    """By how much the counters of ``cpus`` grew, summed over those that both snapshots have."""
    return sum(after[cpu] - before[cpu] for cpu in cpus if cpu in before and cpu in after)
