"""Messages between a measuring process and its parent."""

from __future__ import annotations

from typing import NamedTuple

from calobench.benchmarks.timing.tasks import Facts, Point

__all__ = ["Broken", "Failed", "Finish", "OutOfMemory", "Ready", "Visit", "Visited"]


class Ready(NamedTuple):
    """The task is set up.

    Attributes:
        facts: what is known of it.
        load_s: time to import, load and set up.
        cpu_s: CPU time of the process so far.
    """

    facts: Facts
    load_s: float
    cpu_s: float


class Visit(NamedTuple):
    """Measure for a while.

    Attributes:
        point: what for.
        first: number of the first measured call.
        calls: how many are measured.
        settle: how many come before, unmeasured, because another process had the core and its caches.
        check: look at the result once, afterwards.
    """

    point: Point
    first: int
    calls: int
    settle: int = 0
    check: bool = False


class Visited(NamedTuple):
    """Results of a visit, for its measured calls.

    Attributes:
        wall_ns: time of each call.
        cpu_ns: CPU time of the process in each call.
        waited_s: time in which it could have run but was not let; None if unknown.
        switches: how often it was taken off its core.
        peak_bytes: largest resident memory of the process so far.
        peak_device_bytes: largest memory on the device in this visit; None for the CPU.
    """

    wall_ns: tuple[int, ...]
    cpu_ns: tuple[int, ...]
    waited_s: float | None
    switches: int
    peak_bytes: int
    peak_device_bytes: int | None


class OutOfMemory(NamedTuple):
    """The visit needs more memory than there is; the process goes on."""

    message: str


class Broken(NamedTuple):
    """The calls of the visit failed; others may work, and the process goes on."""

    message: str


class Finish(NamedTuple):
    """Sent: say what you saw. Answered with the same, filled.

    Attributes:
        cpu_s: CPU time of the process.
        affinity: CPUs that its threads could run on.
        torch_threads: threads that torch says it uses; None without torch.
    """

    cpu_s: float = 0.0
    affinity: frozenset[int] = frozenset()
    torch_threads: int | None = None


class Failed(NamedTuple):
    """The task cannot go on.

    Attributes:
        kind: name of a class of :mod:`calobench.errors`.
        message: for the user.
    """

    kind: str
    message: str
