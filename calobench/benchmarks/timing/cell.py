"""One number to measure: first calls, rounds, and when enough is known."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.timing.messages import Broken, OutOfMemory, Visit, Visited
from calobench.benchmarks.timing.statistics import MIN_ROUNDS, Estimate, mean, median, reached
from calobench.benchmarks.timing.tasks import Point
from calobench.errors import CalobenchError

__all__ = ["Cell", "Limits", "Visitor"]

_ROUND_S = 0.25
"""Calls are repeated in a visit until about this time has passed."""
_MAX_CALLS = 50
_CHEAP_S = 2 * _ROUND_S
_SETTLE_BELOW_S = 0.05
_WARM_CALLS = 3
_WARM_BELOW_S = 1.0
_MIN_KEPT = 2
"""Rounds that give a time with an error."""


class Visitor(Protocol):
    """A measuring process."""

    def visit(self, visit: Visit) -> Visited | OutOfMemory | Broken:
        """Measure for a while."""


class Limits(NamedTuple):
    """Limits at which a measurement stops.

    Attributes:
        precision: relative error that is asked for.
        max_s: time that a cell may take.
    """

    precision: float
    max_s: float


class Cell:
    """One number to measure, and what has been measured of it.

    Args:
        point: incident energy and batch size.
        by_mean: the cell's value is the mean of the CPU time (Geant4, whose showers differ), not the
            median of the wall time (a model).

    Attributes:
        cold_s: time of the first call.
        peak_bytes: largest memory of the process after the first calls.
        peak_device_bytes: the same on the device; None for the CPU.
        refusal: why it is not measured; None if it is.
        failed: whether that is because the calls failed, not because they need too much.
        interruption: why fewer rounds were made than were asked for; None if they were made.
        waited_s: time that was waited for a core; None if unknown.
        switches: times that the process was taken off its core.
        spent_s: time of all calls.
    """

    def __init__(self, point: Point, *, by_mean: bool = False) -> None:
        self.point, self._by_mean = point, by_mean
        self.cold_s = 0.0
        self.peak_bytes = 0
        self.peak_device_bytes: int | None = None
        self.refusal: str | None = None
        self.failed = False
        self.interruption: str | None = None
        self.waited_s: float | None = 0.0
        self.switches = 0
        self.spent_s = 0.0
        self.precise = False
        self._call_s = math.nan
        self._walls: list[tuple[int, ...]] = []
        self._cpus: list[tuple[int, ...]] = []
        self._look_at = MIN_ROUNDS

    @property
    def wall_s(self) -> NDArray[np.float64]:
        """Time of every measured call, (rounds, calls a round)."""
        return np.array(self._walls, dtype=np.float64) / 1e9

    @property
    def cpu_s(self) -> NDArray[np.float64]:
        """CPU time of every measured call, (rounds, calls a round)."""
        return np.array(self._cpus, dtype=np.float64) / 1e9

    @property
    def calls(self) -> int:
        """Measured calls a visit: enough for the clock and for what comes and goes."""
        return max(1, min(_MAX_CALLS, round(_ROUND_S / max(self._call_s, 1e-9))))

    @property
    def cheap(self) -> bool:
        """Whether further rounds cost little."""
        return self.calls * self._call_s <= _CHEAP_S

    def estimate(self, rng: np.random.Generator) -> Estimate:
        """Time of a call, s; needs two rounds.

        Args:
            rng: of the bootstrap.
        """
        return mean(self.cpu_s.ravel()) if self._by_mean else median(self.wall_s, rng)

    def start(self, visitor: Visitor, limits: Limits, smaller: Cell | None) -> None:
        """Make the first calls, which initialise and compile, and learn how long a call takes.

        Args:
            visitor: the process.
            limits: a cell of which not even two calls fit the time is refused.
            smaller: the same with a smaller batch, if there is one.
        """
        if smaller is not None:
            expected = smaller._call_s * self.point.batch / smaller.point.batch
            # Of one that failed the time of a call is not known.
            if 2 * expected > limits.max_s:
                self._call_s = expected
                self.refusal = f"a call would take about {expected:.3g} s: raise --max-seconds"
                return
            # What fails with a small batch may work with a large one; what needs too much does not.
            if smaller.refusal is not None and not smaller.failed:
                self.refusal = smaller.refusal
                return
        visited = self._visit(visitor, Visit(self.point, 0, 1, check=True))
        if visited is None:
            return
        self.cold_s = self._call_s = visited.wall_ns[0] / 1e9
        if self.cold_s < _WARM_BELOW_S:
            visited = self._visit(visitor, Visit(self.point, 1, _WARM_CALLS))
            if visited is None:
                return
            self._call_s = min(visited.wall_ns) / 1e9
        self.peak_bytes, self.peak_device_bytes = visited.peak_bytes, visited.peak_device_bytes

    def exhausted(self, limits: Limits) -> bool:
        """Whether its time is used up, or it failed; two rounds are always made."""
        if self.interruption is not None:
            return True
        return len(self._walls) >= 2 and self.spent_s >= limits.max_s

    def measure(self, visitor: Visitor, limits: Limits, rng: np.random.Generator) -> None:
        """One round more."""
        first = 1 + _WARM_CALLS + len(self._walls) * self.calls
        settle = 1 if self._call_s < _SETTLE_BELOW_S else 0
        visited = self._visit(visitor, Visit(self.point, first, self.calls, settle))
        if visited is None:
            return
        self._walls.append(visited.wall_ns)
        self._cpus.append(visited.cpu_ns)
        self.spent_s += sum(visited.wall_ns) / 1e9
        self.switches += visited.switches
        if self.waited_s is not None:
            self.waited_s = None if visited.waited_s is None else self.waited_s + visited.waited_s
        rounds = len(self._walls)
        if rounds >= self._look_at:
            # Looking after every round would take longer than measuring, and stop on a lucky one.
            self._look_at = math.ceil(1.25 * rounds)
            self.precise = reached(self.estimate(rng), rounds, limits.precision)

    def _visit(self, visitor: Visitor, visit: Visit) -> Visited | None:
        try:
            answer = visitor.visit(visit)
        except CalobenchError as error:
            answer = Broken(str(error))
        if isinstance(answer, Visited):
            return answer
        reason = answer.message
        if isinstance(answer, OutOfMemory):
            reason = f"out of memory: {reason}"
        if len(self._walls) >= _MIN_KEPT:
            # What was measured stays.
            self.interruption = reason
        else:
            self.refusal, self.failed = reason, isinstance(answer, Broken)
        return None
