"""The schema of ``results.json``: all that a report or a gate may read.

``data_specs/results.schema.json`` is generated from these classes. A change that breaks readers raises
the major version; a new optional field raises the minor one.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from calobench.results.benchmarks import WithBenchmarks
from calobench.results.mean_showers import MeanShowers
from calobench.results.multivariate import MultivariateResults
from calobench.results.quality import QualityRecord
from calobench.results.record import Count, Floats, Record
from calobench.results.sample import SampleRecord
from calobench.results.scores import SCORE_NAME, ScoreRecord
from calobench.results.seal import Sealed
from calobench.results.significance import ALPHA, ScoreFamily
from calobench.results.verdict import Verdict
from calobench.results.words import PlainRecord

__all__ = [
    "FEWEST_WITH_ERRORS",
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

FEWEST_WITH_ERRORS = 5
"""With fewer showers their spread, and so an error bar, is not known."""


class Score(Record):
    """One score of one observable, with its uncertainty and its null."""

    name: str = Field(pattern=SCORE_NAME)
    value: float
    error: float = Field(ge=0, description="bootstrap standard deviation, both samples resampled")
    interval: tuple[float, float] = Field(description="bootstrap 68 % interval")
    null_median: float = Field(
        description="median for samples of these sizes that agree, in the mode that is used (paired or "
        "not): model and Geant4 exchanged"
    )
    null_95: float = Field(description="95 % quantile of the same")
    p_value: float = Field(
        ge=0,
        le=1,
        description="permutation p-value: how often exchanging model and Geant4 showers gives a "
        "score at least this large",
    )
    n_model: Count
    n_reference: Count
    ndf: int | None = Field(default=None, description="degrees of freedom; chi2 is divided by it")
    q_value: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Benjamini-Hochberg: false discovery rate over this score of all observables",
    )
    minimum_detectable: float | None = Field(
        default=None,
        ge=0,
        description="shift, in standard deviations of Geant4, that the family of all observables "
        "would find with 80 % power at its share of alpha",
    )
    family_p_value: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="step-down maximum over this score of all observables (Westfall and Young): the "
        "probability that chance makes any observable stand out as this one does",
    )

    @property
    def known_error(self) -> float | None:
        """The error; None where samples are too small for one."""
        return self.error if min(self.n_model, self.n_reference) >= FEWEST_WITH_ERRORS else None


class Distribution(Record):
    """Histogram of a per-shower number. Counts have underflow first and overflow last: len(edges)+1."""

    kind: Literal["distribution"] = "distribution"
    edges: Floats
    reference: Floats = Field(description="showers a bin")
    model: Floats
    reference_mean: float
    reference_mean_error: float
    reference_std: float
    reference_std_error: float
    model_mean: float
    model_mean_error: float
    model_std: float
    model_std_error: float
    reference_undefined: Count = Field(
        default=0, description="showers without the observable: in overflow, not in mean and std"
    )
    model_undefined: Count = 0
    lattice: tuple[float, float] | None = Field(
        default=None,
        description="the only values there are: the first, and their distance (layers, counts); None: any",
    )


class Profile(Record):
    """Mean over showers of a per-shower vector, bin by bin, with the error of the mean and the spread.

    With ``flow`` the arrays have underflow first and overflow last: len(edges)+1, otherwise len(edges)-1.
    """

    kind: Literal["profile"] = "profile"
    edges: Floats
    flow: bool
    log_x: bool
    log_y: bool
    axis_label: str
    axis_unit: str
    reference: Floats
    reference_error: Floats
    reference_spread: Floats = Field(description="standard deviation from shower to shower")
    model: Floats
    model_error: Floats
    model_spread: Floats


class ObservableResult(Record):
    """One observable: its histogram in both samples and its scores."""

    name: str
    label: str = Field(description="plain text, may hold Unicode, e.g. 'E_vis / E_inc'")
    unit: str = Field(description="'' for a pure number")
    family: str
    description: str
    part_of: str | None = Field(default=None, description="the observable that contains it")
    terminal: bool = Field(default=False, description="has a row in the table of the terminal")
    verdict: bool = Field(default=False, description="every verdict measures its mean and width")
    plain: PlainRecord | None = Field(default=None, description="how to say that it is off")
    data: Distribution | Profile = Field(discriminator="kind")
    scores: tuple[Score, ...]


class EnergyBin(Record):
    """Response of the showers of one bin of incident energy, in one sample."""

    n: Count
    mean_energy_mev: float
    response: float = Field(description="mean of E_vis / E_inc")
    response_error: float
    resolution: float = Field(description="standard deviation of E_vis / E_inc over its mean")
    resolution_error: float
    mean90: float | None = Field(
        default=None,
        description="mean of E_vis / E_inc in the narrowest interval that holds 90 % of the showers",
    )
    mean90_error: float | None = Field(default=None, description="by bootstrap")
    resolution90: float | None = Field(
        default=None,
        description="rms90 over mean90; a Gaussian's is 0.789 of its standard deviation",
    )
    resolution90_error: float | None = Field(default=None, description="by bootstrap")


class AverageRatio(Record):
    """Model over Geant4, averaged over the energy bins that both have."""

    quantity: Literal["response", "resolution"]
    log_ratio: float = Field(
        description="mean natural logarithm; of the resolution: of the relative width about the trend "
        "with energy within each bin"
    )
    error: float = Field(ge=0, description="of the mean logarithm")
    n_bins: Count


class ResponsePeak(Record):
    """E_vis / E_inc of the showers of one bin of incident energy.

    Counts have underflow first and overflow last: len(edges)+1.
    """

    energy_mev: tuple[float, float] = Field(description="of the bin")
    edges: Floats
    reference: Floats
    model: Floats


class EnergyDependence(Record):
    """Linearity and resolution against incident energy; a bin with fewer than 5 showers is None."""

    edges_mev: Floats
    reference: tuple[EnergyBin | None, ...]
    model: tuple[EnergyBin | None, ...]
    averages: tuple[AverageRatio, ...] = ()
    peaks: tuple[ResponsePeak, ...] = Field(
        default=(), description="of the bins that both samples have"
    )


class EventImage(Record):
    """Projections of one shower for the event display, MeV, rounded to 4 significant digits."""

    source: Literal["reference", "model"]
    energy_mev: float
    theta: float
    phi: float
    visible_mev: float
    rz: tuple[Floats, ...] = Field(description="sum over azimuth, (R, Z)")
    r_phi: tuple[Floats, ...] = Field(description="sum over layers, (R, PHI)")


class ModelRecord(Record):
    """The model, as it declares itself."""

    name: str
    description: str
    detectors: tuple[str, ...]
    nfe: int | None
    parameters: int | None
    device: str
    weights_hash: str | None
    post_processing: tuple[str, ...]
    backend: str | None = Field(default=None, description="what evaluated the network")


class DetectorRecord(Record):
    """The detector."""

    name: str
    description: str
    mesh_shape: tuple[int, int, int]
    dr_mm: float
    dz_mm: float
    sampling_fraction: float
    geometry_hash: str
    radiation_length_mm: float | None = Field(
        default=None, gt=0, description="of the stack, along the shower"
    )
    moliere_radius_mm: float | None = Field(default=None, gt=0, description="of the stack")


class ReferenceRecord(Record):
    """The reference sample."""

    source: str = Field(description="'bundled' or the file's name")
    sha256: str
    n: Count
    description: str = Field(description="what made it, e.g. the Geant4 version and settings")
    content_sha256: str | None = Field(
        default=None, description="of its showers and conditions, however its files pack them"
    )


class RunRecord(Record):
    """What was asked for."""

    n: Count
    seed: int
    chunk_size: int
    command: str
    paired_conditions: bool = Field(
        description="model showers have the reference's own conditions, repeated when N is larger"
    )
    unpaired_because: str | None = Field(
        default=None, description="how conditions differ from the reference's; None: they do not"
    )
    copied_showers: Count | None = Field(
        default=None, description="model showers that are the reference's own, to the last bit"
    )
    bootstrap_replicas: int
    null_replicas: int = Field(description="permutations, for nulls and p-values of observables")
    alpha: float = Field(
        default=ALPHA,
        gt=0,
        lt=1,
        description="how often the verdict objects to a model that is as Geant4, at most",
    )


class Provenance(Record):
    """Where and with what the results were made."""

    created_utc: str
    versions: dict[str, str]
    git_commit: str | None
    machine: dict[str, str]


class StageTiming(Record):
    """Wall time of one stage and the process's peak memory at its end."""

    name: str
    wall_s: float
    peak_memory_bytes: int


class Results(Sealed, WithBenchmarks):
    """Everything a run found."""

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
