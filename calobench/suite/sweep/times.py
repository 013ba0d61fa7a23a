"""Times of a sweep: means over its energies, of Geant4 and of every model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from calobench.benchmarks.timing.record import TimingResults, TimingRow
from calobench.benchmarks.timing.statistics import Estimate, ratio
from calobench.suite.sweep.record import SweepTime
from calobench.suite.sweep.spectrum import Spectrum

__all__ = ["geant4_time", "sweep_times"]


def geant4_time(timing: TimingResults, spectrum: Spectrum) -> Estimate | None:
    """Mean CPU time of Geant4 without Python callbacks, ms per shower; None if it was not measured.

    Args:
        timing: at the nodes of the spectrum.
        spectrum: energies that are averaged over.
    """
    if timing.geant4 is None:
        return None
    bare = {row.energy_mev: row for row in timing.geant4.energies if not row.callbacks}
    if not all(node in bare for node in spectrum.nodes_mev):
        return None
    rows = [bare[node] for node in spectrum.nodes_mev]
    return _mean(Estimate(row.mean_ms, row.error_ms) for row in rows)


def sweep_times(
    timing: TimingResults, spectrum: Spectrum, geant4: Estimate | None
) -> dict[str, SweepTime]:
    """Time of one shower alone, by model; a model that was not measured at all energies has none.

    Args:
        timing: at the nodes of the spectrum.
        spectrum: energies that are averaged over.
        geant4: its mean CPU time, ms; None without it.
    """
    alone = {
        (row.model, row.energy_mev): row
        for row in timing.rows
        if row.batch_size == 1 and row.time is not None
    }
    times = {}
    for model in dict.fromkeys(row.model for row in timing.rows):
        rows = [alone[model, node] for node in spectrum.nodes_mev if (model, node) in alone]
        if len(rows) == len(spectrum.nodes_mev):
            times[model] = _time(rows, geant4)
    return times


def _time(rows: Sequence[TimingRow], geant4: Estimate | None) -> SweepTime:
    measured = [row.time for row in rows if row.time is not None]
    wall = _mean(Estimate(time.median_ms, time.error_ms) for time in measured)
    cpu_ms = sum(time.cpu_ms for time in measured) / len(measured)
    speed_up = None if geant4 is None else ratio(geant4, wall)
    # Time on a GPU is no CPU time: it has no error of that kind, and makes no speed-up of that kind.
    errors = [time.cpu_error_ms for time in measured if time.cpu_error_ms is not None]
    known = len(errors) == len(measured)
    cpu = Estimate(cpu_ms, math.hypot(*errors) / len(measured)) if known else None
    speed_up_cpu = None if geant4 is None or cpu is None else ratio(geant4, cpu)
    return SweepTime(
        median_ms=wall.value,
        error_ms=wall.error,
        speed_up=None if speed_up is None else speed_up.value,
        speed_up_error=None if speed_up is None else speed_up.error,
        cpu_ms=cpu_ms,
        speed_up_cpu=None if speed_up_cpu is None else speed_up_cpu.value,
        speed_up_cpu_error=None if speed_up_cpu is None else speed_up_cpu.error,
    )


def _mean(values: Iterable[Estimate]) -> Estimate:
    """Mean of independent values."""
    every = list(values)
    return Estimate(
        sum(one.value for one in every) / len(every),
        math.hypot(*(one.error for one in every)) / len(every),
    )
