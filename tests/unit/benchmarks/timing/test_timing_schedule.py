"""Rounds of measurement, with processes that only pretend: their clock is made up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from calobench.benchmarks.timing.cell import Cell, Limits
from calobench.benchmarks.timing.messages import Broken, OutOfMemory, Visit, Visited
from calobench.benchmarks.timing.schedule import measure_rounds, warm_up
from calobench.benchmarks.timing.statistics import MIN_ROUNDS
from calobench.benchmarks.timing.tasks import Point
from calobench.errors import ModelError

LIMITS = Limits(precision=0.02, max_s=60.0)


class Pretended:
    """A process whose calls take ``seconds(point, number)``.

    Attributes:
        visits: what it was asked for, in order.
    """

    def __init__(
        self,
        seconds: Callable[[Point, int], float],
        name: str = "a",
        log: list[str] | None = None,
        largest: int = 10**9,
        dies_after: int = 10**9,
    ) -> None:
        self.seconds, self.name, self.largest = seconds, name, largest
        self.log = log if log is not None else []
        self.visits: list[Visit] = []
        self.dies_after = dies_after

    def visit(self, visit: Visit) -> Visited | OutOfMemory:
        self.visits.append(visit)
        self.log.append(self.name)
        if visit.point.batch > self.largest or len(self.visits) > self.dies_after:
            return OutOfMemory("too much")
        numbers = range(visit.first, visit.first + visit.calls)
        walls = tuple(round(1e9 * self.seconds(visit.point, number)) for number in numbers)
        cpus = tuple(wall // 2 for wall in walls)
        return Visited(walls, cpus, 0.5, 3, 1000 * visit.point.batch, None)


def run(
    *visitors: Pretended, points: tuple[Point, ...] = (Point(1e3, 1),), limits: Limits = LIMITS
) -> list[list[Cell]]:
    work = [(visitor, [Cell(point) for point in points]) for visitor in visitors]
    for visitor, cells in work:
        warm_up(visitor, cells, limits)
    advanced: list[int] = []
    measure_rounds(work, limits, np.random.default_rng(1), advanced.append)
    assert sum(advanced) == len(visitors) * len(points)
    return [cells for _, cells in work]


def test_a_steady_model_is_measured_as_short_as_allowed() -> None:
    model = Pretended(lambda point, number: 0.9 if number == 0 else 0.1)
    ((cell,),) = run(model)
    assert cell.cold_s == pytest.approx(0.9)
    assert cell.precise
    assert cell.wall_s.shape == (MIN_ROUNDS, 2)
    assert np.allclose(cell.wall_s, 0.1)
    assert np.allclose(cell.cpu_s, 0.05)
    assert cell.waited_s == pytest.approx(0.5 * MIN_ROUNDS)
    assert cell.switches == 3 * MIN_ROUNDS
    first, warm, *rounds = model.visits
    assert (first.calls, first.check) == (1, True)
    assert (warm.calls, warm.check) == (3, False)
    assert len({visit.first for visit in rounds}) == MIN_ROUNDS
    assert all(visit.settle == 0 for visit in rounds)


def test_short_calls_are_repeated_after_one_that_brings_back_the_caches() -> None:
    model = Pretended(lambda point, number: 0.002)
    run(model)
    assert {(visit.calls, visit.settle) for visit in model.visits[2:]} == {(50, 1)}


def test_a_noisy_model_is_measured_longer_until_it_is_precise() -> None:
    noise = np.random.default_rng(1).lognormal(0, 0.2, 10_000)
    ((cell,),) = run(Pretended(lambda point, number: 0.2 * noise[number]))
    assert cell.precise
    assert len(cell.wall_s) > 5 * MIN_ROUNDS
    estimate = cell.estimate(np.random.default_rng(2))
    assert abs(estimate.value - 0.2) < 4 * estimate.error


def test_or_until_its_time_is_over() -> None:
    noise = np.random.default_rng(1).lognormal(0, 1.0, 10_000)
    ((cell,),) = run(Pretended(lambda point, number: 0.4 * noise[number]), limits=Limits(0.001, 5))
    assert not cell.precise
    assert 5 <= cell.spent_s < 5 + 0.4 * noise.max()


def test_two_rounds_are_made_even_of_what_takes_longer_than_allowed() -> None:
    ((cell,),) = run(Pretended(lambda point, number: 100.0), limits=Limits(0.02, 10))
    assert len(cell.wall_s) == 2


def test_processes_take_turns() -> None:
    """In every round each is visited once, in an order that changes."""
    log: list[str] = []
    run(*(Pretended(lambda point, number: 0.2, name, log) for name in "abc"))
    turns = log[6:]  # after the warm-up: two visits each
    rounds = [tuple(turns[i : i + 3]) for i in range(0, len(turns), 3)]
    assert len(rounds) == MIN_ROUNDS
    assert all(sorted(turn) == ["a", "b", "c"] for turn in rounds)
    assert len(set(rounds)) > 1


def test_what_is_cheap_goes_on_beside_what_is_not_yet_known() -> None:
    """And what is expensive does not."""
    noise = np.random.default_rng(1).lognormal(0, 0.2, 10_000)
    steady = Pretended(lambda point, number: 0.1)
    slow = Pretended(lambda point, number: 2.0)
    noisy = Pretended(lambda point, number: 0.3 * noise[number])
    (a,), (b,), (c,) = run(steady, slow, noisy)
    assert len(a.wall_s) == len(c.wall_s) > MIN_ROUNDS
    assert len(b.wall_s) == MIN_ROUNDS


def test_a_batch_that_would_take_too_long_is_not_tried() -> None:
    points = tuple(Point(1e3, batch) for batch in (1, 10, 1000, 10_000))
    model = Pretended(lambda point, number: 0.5 * point.batch)
    ((one, ten, thousand, more),) = run(model, points=points)
    assert one.refusal is None
    assert ten.refusal is None
    assert thousand.refusal is not None
    assert "about 500 s" in thousand.refusal
    assert more.refusal is not None
    assert "about 5e+03 s" in more.refusal
    assert all(visit.point.batch <= 10 for visit in model.visits)


def test_memory_of_a_batch_is_that_before_larger_ones() -> None:
    points = tuple(Point(1e3, batch) for batch in (1, 10))
    ((one, ten),) = run(Pretended(lambda point, number: 0.01 * point.batch), points=points)
    assert (one.peak_bytes, ten.peak_bytes) == (1000, 10_000)


def test_out_of_memory_is_a_gap_not_an_end() -> None:
    points = tuple(Point(1e3, batch) for batch in (1, 10, 100))
    model = Pretended(lambda point, number: 0.01, largest=5)
    ((one, ten, hundred),) = run(model, points=points)
    assert one.precise
    assert ten.refusal == "out of memory: too much"
    assert hundred.refusal == ten.refusal
    assert all(visit.point.batch <= 10 for visit in model.visits)


def test_what_fails_later_on_keeps_what_was_measured() -> None:
    ((cell,),) = run(Pretended(lambda point, number: 0.1, dies_after=5))
    assert cell.refusal is None
    assert cell.interruption == "out of memory: too much"
    assert len(cell.wall_s) == 3
    assert not cell.precise


def test_one_round_is_no_measurement() -> None:
    ((cell,),) = run(Pretended(lambda point, number: 0.1, dies_after=3))
    assert cell.refusal == "out of memory: too much"


class Fixed(Pretended):
    """Only does one batch size; where it dies, it stays dead."""

    def __init__(self, only: int, *, dies: bool = False) -> None:
        super().__init__(lambda point, number: 0.1)
        self.only, self.dies, self.dead = only, dies, False

    def visit(self, visit: Visit) -> Visited | OutOfMemory | Broken:
        wrong = visit.point.batch != self.only
        self.dead |= wrong and self.dies
        if self.dead:
            raise ModelError("the process died")
        return Broken("wrong batch") if wrong else super().visit(visit)


@pytest.mark.parametrize("only", [1, 10, 100])
def test_a_batch_that_fails_leaves_the_others(only: int) -> None:
    """And none is put in its place."""
    points = tuple(Point(1e3, batch) for batch in (1, 10, 100))
    good, bad = run(Pretended(lambda point, number: 0.1), Fixed(only), points=points)
    assert all(cell.precise for cell in good)
    for cell in bad:
        assert cell.failed == (cell.point.batch != only)
        assert cell.refusal == (None if cell.point.batch == only else "wrong batch")
        assert cell.precise == (cell.point.batch == only)


def test_a_process_that_dies_leaves_the_others() -> None:
    points = tuple(Point(1e3, batch) for batch in (1, 10))
    good, dead = run(Pretended(lambda point, number: 0.1), Fixed(1, dies=True), points=points)
    assert all(cell.precise for cell in good)
    assert [cell.refusal for cell in dead] == ["the process died"] * 2


def test_geant4_is_known_by_the_mean_of_its_cpu_time() -> None:
    cell = Cell(Point(1e3, 1), by_mean=True)
    times = np.random.default_rng(3).normal(1.0, 0.05, 1000)
    visitor = Pretended(lambda point, number: times[number])
    warm_up(visitor, [cell], LIMITS)
    measure_rounds([(visitor, [cell])], LIMITS, np.random.default_rng(1), lambda cells: None)
    estimate = cell.estimate(np.random.default_rng(1))
    assert estimate.value == pytest.approx(cell.cpu_s.mean())
    assert estimate.relative <= LIMITS.precision
