"""Answers of the measuring processes, and what the machine did meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from calobench.benchmarks.timing.cell import Cell
from calobench.benchmarks.timing.machine import Snapshot
from calobench.benchmarks.timing.messages import Finish, Ready
from calobench.benchmarks.timing.tasks import Task
from calobench.benchmarks.timing.validity import Placement

__all__ = ["Machine", "Subject"]


@dataclass(frozen=True)
class Subject:
    """A process, and what it measured and saw."""

    task: Task
    ready: Ready
    cells: tuple[Cell, ...]
    end: Finish

    @property
    def cpu_s(self) -> float:
        """CPU time since it was set up."""
        return self.end.cpu_s - self.ready.cpu_s


@dataclass(frozen=True)
class Machine:
    """Where, and what else went on there.

    Attributes:
        placement: the cores.
        before: when the measurement began.
        after: when it ended.
        own_cpu_s: CPU time of all our processes in between.
        peak_flops: that the cores can do; None if unknown.
    """

    placement: Placement
    before: Snapshot
    after: Snapshot
    own_cpu_s: float
    peak_flops: float | None
