"""Records of a run: what was compared, how, where and with what."""

from __future__ import annotations

from pydantic import Field

from calobench.results.record import Count, Record
from calobench.results.significance import ALPHA

__all__ = [
    "DetectorRecord",
    "ModelRecord",
    "Provenance",
    "ReferenceRecord",
    "RunRecord",
    "StageTiming",
]


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
    """The request."""

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
    content_sha256: str | None = Field(
        default=None,
        description="checksum of the model's showers and conditions, in order, however they are packed",
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
    """Provenance: machine, software and time."""

    created_utc: str
    versions: dict[str, str]
    git_commit: str | None
    machine: dict[str, str]


class StageTiming(Record):
    """Wall time of one stage and the process's peak memory at its end."""

    name: str
    wall_s: float
    peak_memory_bytes: int
