"""The schema of ``results.json``: all that a report or a gate may read.

``data_specs/results.schema.json`` is generated from these classes. A change that breaks readers raises
the major version; a new optional field raises the minor one.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from calobench.results.benchmarks import WithBenchmarks
from calobench.results.energy import AverageRatio, EnergyBin, EnergyDependence, ResponsePeak
from calobench.results.mean_showers import MeanShowers
from calobench.results.multivariate import MultivariateResults
from calobench.results.observable import (
    MIN_WITH_ERRORS,
    Distribution,
    ObservableResult,
    Profile,
    Score,
)
from calobench.results.quality import QualityRecord
from calobench.results.record import Floats, Record
from calobench.results.run import (
    DetectorRecord,
    ModelRecord,
    Provenance,
    ReferenceRecord,
    RunRecord,
    StageTiming,
)
from calobench.results.sample import SampleRecord
from calobench.results.scores import ScoreRecord
from calobench.results.seal import Sealed
from calobench.results.significance import ScoreFamily
from calobench.results.verdict import Verdict

__all__ = [
    "MIN_WITH_ERRORS",
    "SCHEMA_VERSION",
    "AverageRatio",
    "DetectorRecord",
    "Distribution",
    "EnergyBin",
    "EnergyDependence",
    "EventImage",
    "ModelRecord",
    "ObservableResult",
    "Profile",
    "Provenance",
    "ReferenceRecord",
    "ResponsePeak",
    "Results",
    "RunRecord",
    "Score",
    "StageTiming",
]

SCHEMA_VERSION = "3.0"


class EventImage(Record):
    """Projections of one shower for the event display, MeV, rounded to 4 significant digits."""

    source: Literal["reference", "model"]
    energy_mev: float
    theta: float
    phi: float
    visible_mev: float
    rz: tuple[Floats, ...] = Field(description="sum over azimuth, (R, Z)")
    r_phi: tuple[Floats, ...] = Field(description="sum over layers, (R, PHI)")


class Results(Sealed, WithBenchmarks):
    """All results of a run."""

    schema_version: Literal["3.0"] = "3.0"
    model: ModelRecord
    detector: DetectorRecord
    reference: ReferenceRecord
    run: RunRecord
    provenance: Provenance
    observables: tuple[ObservableResult, ...]
    scores: tuple[ScoreRecord, ...] = Field(
        default=(), description="what the scores of the observables declare"
    )
    families: tuple[ScoreFamily, ...] = Field(
        default=(), description="what the observables say together, by score"
    )
    energy_dependence: EnergyDependence
    events: tuple[EventImage, ...]
    mean_showers: MeanShowers | None = Field(
        default=None, description="of both samples; None: too few showers"
    )
    stages: tuple[StageTiming, ...]
    warnings: tuple[str, ...]
    sample: SampleRecord | None = Field(
        default=None,
        description="dependence on energy and angle, and correlations; from 50 showers on",
    )
    quality: QualityRecord | None = Field(default=None, description="what a gate compares")
    multivariate: MultivariateResults | None = Field(
        default=None, description="scores of all observables together"
    )
    verdict: Verdict | None = Field(
        default=None, description="how good the model is, for a use; follows from all the rest"
    )
