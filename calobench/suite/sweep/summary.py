"""From the runs and the timing of a sweep to its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calobench.benchmarks.timing.record import TimingResults
from calobench.results.schema import Results
from calobench.suite.entries import Entry, finished
from calobench.suite.judged import judgement
from calobench.suite.sweep.points import Point
from calobench.suite.sweep.published import published_times
from calobench.suite.sweep.record import SweepPoint, SweepResults, SweepTime

__all__ = ["summarise"]


def summarise(
    points: Sequence[Point],
    entries: Mapping[str, Entry],
    errors: Mapping[str, str],
    timing: TimingResults | None,
    *,
    command: str,
    detector: str,
    n: int,
    seed: int,
    version: str,
) -> SweepResults:
    """The results of a sweep, from what lies on disk.

    Args:
        points: of the sweep.
        entries: its runs, by name of the point.
        errors: by key of the run, why it is not done.
        timing: of all points; None without one.
        command: the call.
        detector: name.
        n: showers of each point.
        seed: of every run.
        version: of calobench.
    """
    runs = {name: finished(entry) for name, entry in entries.items()}
    times = _times(timing)
    rows = []
    for point in points:
        entry = entries.get(point.name)
        results = runs.get(point.name)
        reason = point.refusal or (errors.get(entry.key) if entry else None)
        rows.append(_point(point, results, reason or None, times.get(point.model)))
    known = [results for results in runs.values() if results is not None]
    main = None if timing is None else timing.settings.main_energy_mev
    geant4 = () if timing is None or timing.geant4 is None else timing.geant4.energies
    quiet = [row for row in geant4 if row.energy_mev == main and not row.callbacks]
    return SweepResults(
        calobench=version,
        command=command,
        detector=detector,
        n=n,
        n_reference=known[0].reference.n if known else None,
        seed=seed,
        points=tuple(rows),
        energy_mev=main,
        geant4_ms=(quiet[0].mean_ms, quiet[0].error_ms) if quiet else None,
        processor=None if timing is None else timing.machine.processor,
        invalid=() if timing is None else timing.invalid,
        published=published_times().source if any(row.published for row in rows) else None,
    )


def _times(timing: TimingResults | None) -> dict[str, SweepTime]:
    """Time of one shower alone at the main energy, by model."""
    if timing is None:
        return {}
    times = {}
    for row in timing.rows:
        alone = row.batch_size == 1 and row.energy_mev == timing.settings.main_energy_mev
        if alone and row.time is not None:
            times[row.model] = SweepTime(
                median_ms=row.time.median_ms,
                error_ms=row.time.error_ms,
                speed_up=None if row.speed_up is None else row.speed_up.value,
                speed_up_error=None if row.speed_up is None else row.speed_up.error,
                cpu_ms=row.time.cpu_ms,
                speed_up_cpu=None if row.speed_up_cpu is None else row.speed_up_cpu.value,
            )
    return times


def _point(
    point: Point, results: Results | None, reason: str | None, time: SweepTime | None
) -> SweepPoint:
    sampler = point.sampler or ("consistency" if point.nfe in {1, 2} else None)
    published = None if sampler is None else published_times().time(sampler, point.nfe)
    row = SweepPoint(
        name=point.name,
        model=point.model,
        sampler=point.sampler,
        nfe=point.nfe,
        published=published,
        time=time,
        state="impossible" if point.refusal else "failed",
        reason=reason,
    )
    if results is None:
        return row
    made = {"folder": point.name, "state": "done", **judgement(results)}
    return row.model_copy(update=made)
