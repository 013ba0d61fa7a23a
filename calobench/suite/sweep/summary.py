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
from calobench.suite.sweep.spectrum import Spectrum
from calobench.suite.sweep.times import geant4_time, sweep_times

__all__ = ["summarise"]


def summarise(
    points: Sequence[Point],
    entries: Mapping[str, Entry],
    errors: Mapping[str, str],
    timing: TimingResults | None,
    spectrum: Spectrum,
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
        spectrum: energies that times are averaged over.
        command: the call.
        detector: name.
        n: showers of each point.
        seed: of every run.
        version: of calobench.
    """
    runs = {name: finished(entry) for name, entry in entries.items()}
    geant4 = None if timing is None else geant4_time(timing, spectrum)
    times = {} if timing is None else sweep_times(timing, spectrum, geant4)
    rows = []
    for point in points:
        entry = entries.get(point.name)
        results = runs.get(point.name)
        reason = point.refusal or (errors.get(entry.key) if entry else None)
        rows.append(_point(point, results, reason or None, times.get(point.model)))
    known = [results for results in runs.values() if results is not None]
    return SweepResults(
        calobench=version,
        command=command,
        detector=detector,
        n=n,
        n_reference=known[0].reference.n if known else None,
        seed=seed,
        points=tuple(rows),
        energy_mev=None if timing is None else spectrum.mean_mev,
        spectrum_mev=(spectrum.low_mev, spectrum.high_mev)
        if timing is not None and spectrum.is_wide
        else None,
        geant4_ms=None if geant4 is None else (geant4.value, geant4.error),
        processor=None if timing is None else timing.machine.processor,
        invalid=() if timing is None else timing.invalid,
        published=published_times().source if any(row.published for row in rows) else None,
    )


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
