"""Quality against time, for several runs."""

from __future__ import annotations

from collections.abc import Iterator

from calobench.benchmarks.timing.record import TimingResults, TimingRow
from calobench.report.comparison.charts import Axis, Point, Points
from calobench.report.comparison.runs import ComparedRun, Runs
from calobench.report.text import energy
from calobench.results.distance import mean_distance
from calobench.results.scores import declared_scores, judging_score
from calobench.stats.pareto import front_of

__all__ = ["timing_charts"]


def timing_charts(runs: Runs) -> Iterator[Points]:
    """Distance from Geant4 against the time per shower, at the energy of the timing and the best batch.

    A model's times are those in its own results, or else those that a timing of several models left in
    the results of another run on the same machine.
    """
    timings = [timing for run in runs.runs if (timing := _timing(run)) is not None]
    if not timings:
        return
    main = timings[0].settings.main_energy_mev
    title = judging_score(declared_scores(runs.runs[0].results)).title
    points = []
    for run in runs.runs:
        for row in _rows(run, timings, main):
            point = _point(run, row)
            if point is not None:
                points.append(point)
    if not points:
        return
    front = front_of(points, lambda point: (point.x[0], point.y[0]))
    yield Points(
        "quality_against_time",
        "Quality against time",
        "cost",
        f"Mean over observables of {title} over the 95 % quantile of its null, against the median time "
        f"per shower of {energy(main)} at the best batch. Errors of the mean: as if all observables "
        "fluctuated together, so at most. Filled: no other model is better in both; below the line: as near "
        "as samples of these sizes can tell.",
        Axis("time per shower, best batch", "ms", log=True),
        Axis(f"mean {title} / 95 % null", log=True),
        tuple(point._replace(best=point in front) for point in points),
        lines=_geant4(timings, main),
        level=1.0,
    )


def _timing(run: ComparedRun) -> TimingResults | None:
    return run.results.benchmark("timing", TimingResults)


def _rows(run: ComparedRun, timings: list[TimingResults], main: float) -> list[TimingRow]:
    own = _timing(run)
    for timing in ([own] if own else []) + timings:
        rows = [
            row
            for row in timing.rows
            if row.model == run.results.model.name
            and row.energy_mev == main
            and row.time is not None
            and "throughput" in row.scenarios
        ]
        if rows:
            return rows
    return []


def _point(run: ComparedRun, row: TimingRow) -> Point | None:
    distance = mean_distance(run.results)
    if distance is None or row.time is None:
        return None
    return Point(
        run.name,
        run.look,
        run.name if row.device == "cpu" else f"{run.name}, {row.device}",
        (row.time.median_ms, row.time.error_ms),
        (distance.value, distance.error),
        best=False,
    )


def _geant4(timings: list[TimingResults], main: float) -> tuple[tuple[str, float], ...]:
    for timing in timings:
        for entry in timing.geant4.energies if timing.geant4 else ():
            if entry.energy_mev == main and not entry.callbacks:
                return (("Geant4", entry.mean_ms),)
    return ()
