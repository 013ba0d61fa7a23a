"""Records of one observable: its histogram in both samples, and its scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from calobench.observables.base import Observable, TopicName
from calobench.results.declared import completed
from calobench.results.record import Count, Floats, Record
from calobench.results.scores import SCORE_NAME
from calobench.results.words import PlainRecord

if TYPE_CHECKING:
    from calobench.results.schema import Results

__all__ = [
    "MIN_WITH_ERRORS",
    "Distribution",
    "ObservableResult",
    "Profile",
    "Score",
    "declaration",
    "declared_observables",
]

MIN_WITH_ERRORS = 5
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
        "would find with 80 % power at its part of alpha",
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
        return self.error if min(self.n_model, self.n_reference) >= MIN_WITH_ERRORS else None


class Distribution(Record):
    """Histogram of a per-shower number. Counts have underflow first and overflow last: len(edges)+1."""

    kind: Literal["distribution"] = "distribution"
    edges: Floats
    reference: Floats = Field(description="showers per bin")
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

    def _lengths(self) -> Mapping[str, int]:
        return {"edges": -1, "reference": 0, "model": 0}


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

    def _lengths(self) -> Mapping[str, int]:
        values = (
            "reference",
            "reference_error",
            "reference_spread",
            "model",
            "model_error",
            "model_spread",
        )
        return {"edges": -1 if self.flow else 1} | dict.fromkeys(values, 0)


class ObservableResult(Record):
    """One observable: its histogram in both samples and its scores."""

    name: str
    label: str = Field(description="plain text, may hold Unicode, e.g. 'E_vis / E_inc'")
    unit: str = Field(description="'' for a pure number")
    family: str
    description: str
    topic: TopicName = Field(
        default="correlations",
        description="light of the verdict that a difference in it belongs to",
    )
    part_of: str | None = Field(default=None, description="the observable that contains it")
    terminal: bool = Field(default=False, description="has a row in the table of the terminal")
    verdict: bool = Field(default=False, description="every verdict measures its mean and width")
    plain: PlainRecord | None = Field(default=None, description="how to say that it is off")
    picture: str = Field(
        default="", description="title of its picture on the first screen; '': it has none"
    )
    curves: tuple[str, ...] = Field(
        default=(), description="conditions that its mean is drawn against in its chapter"
    )
    per_area: bool = Field(default=False, description="energy of rings: drawn per area too")
    data: Distribution | Profile = Field(discriminator="kind")
    scores: tuple[Score, ...]


def declaration(observable: Observable) -> dict[str, Any]:
    """The record in results of how an observable is called and shown, by field."""
    return {
        "topic": observable.topic,
        "part_of": observable.part_of,
        "terminal": observable.terminal,
        "verdict": observable.verdict,
        "plain": PlainRecord.of(observable.plain),
        "picture": observable.picture,
        "curves": observable.curves,
        "per_area": observable.per_area,
    }


def declared_observables(results: Results) -> Mapping[str, ObservableResult]:
    """The observables of a run by name, with what they declare of themselves.

    What older results do not hold is what the observables that are installed declare.

    Args:
        results: of a run.
    """
    made = {one.name: one for one in results.observables}
    if all(one.model_fields_set == ObservableResult.model_fields.keys() for one in made.values()):
        return made
    from calobench.observables.catalogue import all_observables

    installed = {one.name: declaration(one) for one in all_observables()}
    return {name: completed(one, installed.get(name, {})) for name, one in made.items()}
