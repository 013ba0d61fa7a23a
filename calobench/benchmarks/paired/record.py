"""Records of a comparison of two models on the same conditions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from calobench._util.validation import describe_validation_error
from calobench.results.reading import read_raw
from calobench.results.record import Count, Record
from calobench.results.scores import ScoreRecord, declared, judging_score

__all__ = ["PairedComparison", "PairedDifference", "is_paired", "read_paired"]


class PairedDifference(Record):
    """A score of the first model less that of the second; negative: the first is nearer to Geant4."""

    observable: str = Field(description="its name; '' for scores of all observables together")
    label: str
    score: str
    first: float
    second: float
    difference: float
    error: float = Field(ge=0)
    interval: tuple[float, float] = Field(
        description="68 % interval, both models resampled by the same conditions"
    )
    p_value: float = Field(ge=0, le=1, description="of a difference this large either way")
    q_value: float | None = Field(
        default=None, description="Benjamini-Hochberg, over this score of all observables"
    )


class PairedComparison(Record):
    """Two models on the same conditions and seeds, against one reference."""

    comparison_version: Literal["1.0"] = "1.0"
    first: str
    second: str
    detector: str
    geometry_hash: str
    reference: str = Field(description="'bundled' or the file's name")
    reference_sha256: str
    n: Count = Field(description="showers of each model")
    n_reference: Count
    seed: int
    replicas: Count
    paired_with_reference: bool
    warnings: tuple[str, ...] = Field(default=(), description="what was odd in the samples")
    scores: tuple[ScoreRecord, ...] = Field(
        default=(), description="what the scores of the observables declare"
    )
    together: tuple[PairedDifference, ...] = Field(
        description="scores of all observables together, and means over them"
    )
    observables: tuple[PairedDifference, ...]

    @property
    def judging(self) -> ScoreRecord:
        """The score that judges observables."""
        return judging_score(declared(self.scores, (one.score for one in self.observables)))


def is_paired(content: Mapping[str, Any]) -> bool:
    """Whether a JSON object is such a comparison, of this version or another."""
    return "comparison_version" in content


def read_paired(path: Path) -> PairedComparison:
    """Read the JSON of ``calobench compare --models``.

    Raises:
        ResultsError: missing, not such a document, or of another version.
    """
    document = read_raw(path, "make it again with 'calobench compare --models ... --json'")
    try:
        return PairedComparison.model_validate_json(document.text)
    except ValidationError as error:
        raise document.refused(
            f"is no comparison of two models ({describe_validation_error(error)})"
        ) from error
