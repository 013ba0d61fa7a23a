"""The document that ``calobench run --protocol calochallenge`` writes: it stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from calobench.errors import ResultsError
from calobench.results.multivariate import MultivariateScore
from calobench.results.reading import read_raw
from calobench.results.record import Count, Floats, Record
from calobench.results.schema import Provenance, StageTiming
from calobench.results.seal import Sealed

__all__ = [
    "CaloChallengeResults",
    "ChallengeSample",
    "ClassifierMeasure",
    "ClassifierName",
    "ClassifierScore",
    "Distance",
    "HistogramScore",
    "NullScore",
    "SeparationRow",
    "is_calochallenge_result",
    "is_calochallenge_version",
    "read_calochallenge_results",
]


class NullScore(Record):
    """A separation power, the mean over a row's histograms, with its error and its null."""

    value: float
    error: float = Field(ge=0, description="bootstrap standard deviation, both samples resampled")
    null_mean: float = Field(
        description="mean after exchanging showers between the samples at random"
    )
    null_95: float = Field(description="95 % quantile of the same")
    p_value: float = Field(ge=0, le=1, description="permutation p-value")


class HistogramScore(Record):
    """One histogram of a row."""

    member: int | None = Field(
        description="number of the layer, or log2 of the incident energy in MeV; None where there is one"
    )
    n_reference: Count = Field(description="entries inside the range")
    n_generated: Count
    as_published: float | None = Field(description="None where one sample has no entry in range")
    complete: float | None = Field(description="with under- and overflow as two bins more")
    bins: Count = Field(description="that hold an entry of either sample")
    floor: float | None = Field(description="(k - 1) / 4 (1/n + 1/m); None for cells")
    p_value: float | None = Field(description="of as_published, from chi2 with k - 1")
    edges: Floats = Field(
        default=(),
        description="of the bins; (): not kept, or nothing of the reference is in the layer",
    )
    reference: tuple[Count, ...] = Field(
        default=(), description="entries; underflow first, overflow last: len(edges) + 1"
    )
    generated: tuple[Count, ...] = ()

    def _lengths(self) -> Mapping[str, int]:
        return {"reference": 0, "generated": 0} | ({"edges": -1} if self.edges else {})


class SeparationRow(Record):
    """One row of the published tables."""

    name: str
    label: str
    as_published: NullScore | None = Field(description="entries outside the range are dropped")
    complete: NullScore | None = Field(description="under- and overflow count: calobench's own")
    floor: float | None = Field(description="mean of the histograms' floors")
    outside_reference: float = Field(
        ge=0, le=1, description="fraction of entries that were dropped"
    )
    outside_generated: float = Field(ge=0, le=1)
    histograms: tuple[HistogramScore, ...]


class Distance(Record):
    """FPD or KPD, with what the reference gives against itself."""

    name: Literal["FPD", "KPD"]
    value: float
    error: float = Field(ge=0, description="as JetNet quotes it; not a sampling error")
    null_value: float | None = Field(description="one half of the reference against the other")
    null_error: float | None
    n_reference: Count
    n_generated: Count
    n_null: Count = Field(description="showers of each half")


ClassifierName = Literal["low", "high", "cnn"]


class ClassifierMeasure(Record):
    """A number of a classifier, the mean over splits, beside what it is where there is nothing to learn."""

    value: float
    error: float = Field(ge=0, description="of the mean")
    spread: float = Field(
        ge=0, description="standard deviation of one training: published tables quote this"
    )
    null: float = Field(description="mean with labels exchanged, trained anew")
    null_spread: float = Field(ge=0)
    folds: Floats = Field(description="of each split")
    null_folds: Floats


class ClassifierScore(Record):
    """One of the CaloChallenge's classifiers."""

    name: ClassifierName
    label: str
    auc: ClassifierMeasure = Field(description="area under the ROC curve after calibration")
    jsd: ClassifierMeasure = Field(description="Jensen-Shannon divergence, bits")
    p_value: float = Field(ge=0, le=1, description="twice the median of the splits' Mann-Whitney")
    n: Count = Field(description="showers of each sample")
    n_train: Count = Field(description="showers of both samples that a training learns from")
    n_report: Count = Field(description="showers of both samples that it is judged by")
    epochs: tuple[Count, ...] = Field(description="chosen in each split")
    parameters: Count
    device: str


class ChallengeSample(Record):
    """One of the two samples."""

    files: dict[str, str] = Field(description="name to SHA-256")
    n: Count
    mean_energy_mev: float
    largest_cell_mev: float
    negative_cells: Count


class CaloChallengeResults(Sealed):
    """All results of the protocol."""

    schema_version: Literal["calochallenge-2.0"] = "calochallenge-2.0"
    dataset: str
    title: str
    threshold_mev: float
    binning: str = Field(description="'calobench', or the name of the XML")
    features: Count = Field(description="of the vector for FPD and KPD")
    generated: ChallengeSample
    reference: ChallengeSample
    replicas: int
    seed: int
    command: str
    rows: tuple[SeparationRow, ...]
    distances: tuple[Distance, ...]
    unbiased: tuple[MultivariateScore, ...] = Field(
        default=(),
        description="FPD and KPD without bias, with sampling errors and permutation nulls",
    )
    prdc: tuple[MultivariateScore, ...] = Field(
        default=(), description="precision, recall, density and coverage"
    )
    classifiers: tuple[ClassifierScore, ...] = ()
    provenance: Provenance
    stages: tuple[StageTiming, ...]
    warnings: tuple[str, ...]


def is_calochallenge_result(path: Path) -> bool:
    """Whether a file says that it is such a document; False for anything that cannot be read."""
    try:
        content = read_raw(path, "").content
    except ResultsError:
        return False
    return is_calochallenge_version(content.get("schema_version"))


def is_calochallenge_version(version: object) -> bool:
    """Whether a ``schema_version`` is one of these documents, of this calobench or another."""
    return isinstance(version, str) and version.startswith("calochallenge")


def read_calochallenge_results(path: Path) -> CaloChallengeResults:
    """Read and check a document.

    Raises:
        ResultsError: unreadable, not such a document, or edited.
    """
    document = read_raw(path, "make it again with 'calobench run --protocol calochallenge'")
    if not is_calochallenge_version(document.content.get("schema_version")):
        raise document.refused("is not a result of --protocol calochallenge")
    return document.parse(CaloChallengeResults)
