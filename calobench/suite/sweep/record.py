"""Record of a sweep: one row per point."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from calobench.results.record import Record
from calobench.suite.judged import JudgedRow

__all__ = ["PublishedTime", "SweepPoint", "SweepResults", "SweepTime"]


class PublishedTime(Record):
    """Published values of the method for this sampler and number of evaluations.

    Attributes:
        label: of the sampler there.
        time_ms: per shower.
        error_ms: of it.
        speed_up: over their Geant4.
    """

    label: str
    time_ms: float
    error_ms: float
    speed_up: float


class SweepTime(Record):
    """Time of one shower alone, everything included.

    Attributes:
        median_ms: of the wall time.
        error_ms: of it.
        speed_up: over Geant4 in the same timing; None without it.
        speed_up_error: of it.
        cpu_ms: mean CPU time, which a loaded machine changes little.
        speed_up_cpu: CPU time of Geant4 over it.
        speed_up_cpu_error: of it; None in documents of before.
    """

    median_ms: float
    error_ms: float
    speed_up: float | None
    speed_up_error: float | None
    cpu_ms: float
    speed_up_cpu: float | None
    speed_up_cpu_error: float | None = None


class SweepPoint(JudgedRow):
    """A model of the sweep.

    Attributes:
        name: of the point.
        model: as ``--model`` takes it.
        sampler: None for a model that was named as it is.
        nfe: evaluations of the network.
        folder: of its run, beside the results; None if it is not there.
        time: None: not measured.
        published: None: nothing was published.
        state: done; impossible: no such model can be made; failed.
        reason: why it is not done.
    """

    name: str
    model: str
    sampler: str | None
    nfe: int | None
    folder: str | None = None
    time: SweepTime | None = None
    published: PublishedTime | None = None
    state: Literal["done", "impossible", "failed"]
    reason: str | None = None


class SweepResults(Record):
    """All points of a sweep.

    Attributes:
        schema_version: of this document.
        calobench: version that made it.
        command: the call.
        detector: name.
        n: showers of each point.
        n_reference: showers of Geant4.
        seed: of every run and of the timing.
        points: in the order that they were asked for.
        energy_mev: incident energy of the timing, or the mean of a flat spectrum; None without one.
        spectrum_mev: ends of the flat spectrum that times are averaged over; None: one energy.
        geant4_ms: CPU time of Geant4 per shower in the same timing, and its error; None: not measured.
        processor: of the timing.
        invalid: reasons not to trust the times.
        published: where the published times come from.
    """

    schema_version: str = Field(default="sweep 1.0", pattern=r"^sweep 1\.0$")
    calobench: str
    command: str
    detector: str
    n: int
    n_reference: int | None
    seed: int
    points: tuple[SweepPoint, ...]
    energy_mev: float | None = None
    spectrum_mev: tuple[float, float] | None = None
    geant4_ms: tuple[float, float] | None = None
    processor: str | None = None
    invalid: tuple[str, ...] = ()
    published: str | None = None

    @property
    def missing(self) -> tuple[SweepPoint, ...]:
        """Points that failed."""
        return tuple(point for point in self.points if point.state == "failed")
