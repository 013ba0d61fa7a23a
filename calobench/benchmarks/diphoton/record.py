"""The di-photon benchmark in ``results.json``."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from calobench.results.quality import Column, Metric
from calobench.results.record import Count, Floats, Record

__all__ = [
    "DIPHOTON_PREFIX",
    "DIPHOTON_VERSION",
    "MIN_PAIRS",
    "BinValue",
    "CurveRecord",
    "CurveScoreRecord",
    "DiphotonMetrics",
    "DiphotonResults",
    "DiphotonSample",
    "DiphotonSettings",
    "EventDisplay",
    "Measured",
    "SingleRecord",
    "TurnonRecord",
]


DIPHOTON_VERSION = 1
"""Raised whenever a metric of the same name comes to mean something else."""

DIPHOTON_PREFIX = "diphoton."
"""Prefix of the names of these metrics."""


MIN_PAIRS = 300
"""With fewer pairs of showers on either side nothing is said to agree."""


class Measured(Record):
    """A number with its standard error."""

    value: float
    error: float = Field(ge=0)


class BinValue(Record):
    """One point of a curve; ``value`` is None where no event of the bin defines it."""

    n: Count = Field(description="events in the bin for which it is defined")
    value: float | None
    low: float | None = Field(description="lower end of the 68 % interval")
    high: float | None
    spread: float | None = Field(
        default=None, description="standard deviation from event to event (a resolution)"
    )
    spread_error: float | None = None
    seeds: Floats = Field(default=(), description="value of each seed, where it is defined")


class CurveScoreRecord(Record):
    """Distance of the model's curve from Geant4's: T squared over its degrees of freedom."""

    value: float = Field(ge=0)
    ndf: Count
    error: float = Field(
        ge=0, description="bootstrap standard deviation, pairs of showers resampled"
    )
    null_median: float = Field(description="median for Geant4 against Geant4 at the same N")
    null_95: float = Field(description="95 % quantile of the same")
    p_value: float = Field(ge=0, le=1, description="permutation of the pairs of showers")
    n_model: Count = Field(description="pairs of showers")
    n_reference: Count


class CurveRecord(Record):
    """One observable against the true separation."""

    name: str
    label: str
    unit: str
    reference: tuple[BinValue, ...]
    model: tuple[BinValue, ...]
    direct: tuple[BinValue, ...] | None = Field(
        default=None,
        description="Geant4's two-photon events in its own cells, not through the mesh",
    )
    score: CurveScoreRecord | None = Field(
        default=None, description="None for what is not defined in every event"
    )

    def _lengths(self) -> Mapping[str, int]:
        return {"reference": 0, "model": 0} | ({} if self.direct is None else {"direct": 0})


class TurnonRecord(Record):
    """Separation at which half of the pairs is reconstructed as exactly two.

    None where that is not between the smallest and the largest separation (fewer than half, or more
    than half, are reconstructed at all of them), or where its error is not known.
    """

    reference_mm: Measured | None
    model_mm: Measured | None
    p_value: float | None = Field(default=None, description="of the difference, from the bootstrap")


class SingleRecord(Record):
    """One photon alone: how often it is reconstructed as several, and how well its energy is measured."""

    n: Count
    split: Measured = Field(
        description="fraction reconstructed as two or more; the longer side of Wilson's interval"
    )
    lost: Measured = Field(description="fraction not reconstructed at all")
    response: Measured = Field(description="energy of the leading one over incident energy")
    resolution: Measured


class EventDisplay(Record):
    """Cells of one event on the face, and what was reconstructed, mm and MeV."""

    source: str = Field(description="'reference' or 'model'")
    separation_mm: float
    found: Count
    y_mm: Floats = Field(description="of the cells, seen along the photons, summed over depth")
    z_mm: Floats
    energy_mev: Floats
    true_y_mm: Floats
    true_z_mm: Floats
    found_y_mm: Floats
    found_z_mm: Floats

    def _lengths(self) -> Mapping[str, int]:
        return dict.fromkeys(("y_mm", "z_mm", "energy_mev"), 0)


class DiphotonSample(Record):
    """Origin of the showers of one side."""

    description: str
    seeds: Count
    pairs: Count = Field(description="pairs of showers in all")
    events: Count = Field(description="each pair is placed at one separation in every bin")
    sha256: tuple[str, ...] = Field(
        default=(), description="of the files of single showers, one for each energy"
    )
    content_sha256: tuple[str, ...] = Field(
        default=(), description="of their showers and conditions, however the files pack them"
    )


class DiphotonSettings(Record):
    """The request."""

    energies_mev: tuple[float, float]
    edges_mm: Floats = Field(description="bins of the true separation")
    theta: float
    phi: float
    vertex_z_mm: float
    placement: str = Field(description="how energy is spread within a cell of the mesh")
    threshold_mev: float
    noise_mev: float
    reconstruction: dict[str, float] = Field(description="parameters, as in the detector's YAML")
    seed: int
    replicas: Count
    geometry_hash: str = Field(description="as of the detector")
    readout_hash: str = Field(description="SHA-256 of the cells and the sampling fraction")


class DiphotonMetrics(Record):
    """The numbers that a gate compares: with errors from the independent pairs, or showers, of a sample."""

    version: int = DIPHOTON_VERSION
    n: Count = Field(description="pairs of model showers")
    n_reference: Count
    columns: tuple[Column, ...] = Field(description="one per metric: its label and unit")
    metrics: tuple[Metric, ...]


class DiphotonResults(Record):
    """Two photons close together: what a reconstruction makes of the model's showers."""

    settings: DiphotonSettings
    reference: DiphotonSample
    model: DiphotonSample
    curves: tuple[CurveRecord, ...]
    turnon: TurnonRecord
    single_reference: SingleRecord
    single_model: SingleRecord
    metrics: DiphotonMetrics
    events: tuple[EventDisplay, ...] = ()
    warnings: tuple[str, ...] = ()
