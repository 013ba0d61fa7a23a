"""Records of the scores that look at all observables together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from calobench.results.declared import completed
from calobench.results.record import Count, Floats, Record
from calobench.results.significance import Family

if TYPE_CHECKING:
    from calobench.results.schema import Results

__all__ = [
    "ClassifierRecord",
    "ClassifierTest",
    "Closeness",
    "EquivalentPoint",
    "EquivalentStatistics",
    "FeatureImportance",
    "LocalFault",
    "MultivariateResults",
    "MultivariateScore",
    "WorstObservable",
    "headline_scores",
]


class MultivariateScore(Record):
    """One score of all features together, with its uncertainty and its null."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    description: str
    value: float
    error: float = Field(ge=0)
    interval: tuple[float, float] = Field(description="68 % interval")
    null_median: float = Field(description="median for samples of these sizes that agree")
    null_interval: tuple[float, float] = Field(description="5 % and 95 % quantile of the same")
    null: str = Field(description="origin of the null")
    p_value: float = Field(ge=0, le=1)
    family_p_value: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="step-down maximum over all scores with the same permutations: the probability that "
        "chance makes any of them stand out as this one does",
    )
    worse: Literal["high", "low", "both"] = Field(description="which side of the null is bad")
    n_model: Count
    n_reference: Count
    null_replicas: Count
    headline: int | None = Field(
        default=None,
        description="place among the few that tables of several models show; None: it is not one",
    )

    @property
    def in_family(self) -> bool:
        """Whether its p-value is from the permutations of the family; otherwise its null is its own."""
        return self.family_p_value is not None


class FeatureImportance(Record):
    """Decrease of the area under the ROC curve when one feature is shuffled."""

    name: str
    loss: float


class ClassifierRecord(Record):
    """Results of the classifiers of all folds and seeds.

    The weight w is the calibrated density ratio of model over Geant4 at a shower. Counts have underflow
    first and overflow last: len(log10_edges)+1.
    """

    fold_aucs: tuple[Floats, ...] = Field(description="of each seed and fold")
    log10_edges: Floats = Field(description="bins of log10 w")
    reference: Floats = Field(description="showers per bin")
    model: Floats
    importance: tuple[FeatureImportance, ...] = Field(description="the largest first")

    def _lengths(self) -> Mapping[str, int]:
        return {"log10_edges": -1, "reference": 0, "model": 0}


class ClassifierTest(Record):
    """Results of a classifier that a benchmark trains to tell model and Geant4 apart."""

    score: MultivariateScore | None = Field(
        description="area under the ROC curve; None: too few distinct showers"
    )
    classifier: ClassifierRecord | None = Field(description="without importance of features")
    notes: tuple[str, ...] = Field(description="what was left out or reduced, and why")


class EquivalentPoint(Record):
    """Mean distance of ``n`` reference showers to the other ``rest`` of them."""

    n: Count
    rest: Count
    distance: float


class WorstObservable(Record):
    """The observable, or profile, that is worth the fewest showers on a scale of its own."""

    name: str
    distance: float = Field(
        ge=0, description="of the distributions at fixed incident particle, or of mean profiles"
    )
    showers: float = Field(description="at most the model's own number of showers")
    geant4: float = Field(
        description="the worst observable of so many Geant4 showers is worth at least this in 95 % of cases"
    )


class EquivalentStatistics(Record):
    """Number of independent Geant4 showers that the model's showers are worth, on average over observables.

    Their mean distance to N reference showers is c / (r + 0.12 + 0.11 / r), r = 1 / sqrt(1/n + 1/N).
    """

    showers: float = Field(description="at most the model's own number of showers")
    low: float = Field(description="lower end of the 68 % interval")
    high: float | None = Field(description="upper end; None: the value is 'at least low'")
    distance: float = Field(description="of the model: mean Kolmogorov-Smirnov distance")
    error: float = Field(ge=0)
    c: float
    points: tuple[EquivalentPoint, ...]
    n_observables: Count
    worst: WorstObservable | None = None
    n_model: Count
    n_reference: Count


class LocalFault(Record):
    """Where, and in what, the model is farthest from Geant4 beyond its difference over all showers."""

    observable: str
    energy_mev: tuple[float, float] = Field(description="of the window")
    theta: tuple[float, float] = Field(description="of the window, rad")
    difference: float = Field(
        description="model minus Geant4 in the window minus the same over all showers, in widths"
    )
    error: float = Field(ge=0)
    n_model: Count = Field(description="in the window")
    n_reference: Count
    p_value: float = Field(ge=0, le=1, description="of the largest of all windows and observables")


class Closeness(Record):
    """Distances of the model's showers to the reference's: closer than Geant4's own is too close."""

    n_model: Count = Field(description="showers with energy")
    n_reference: Count
    exact: Count = Field(description="showers that are a reference shower, cell by cell")
    near: Count = Field(
        description="those nearer to one than a tenth of what Geant4's own neighbours are apart"
    )
    near_in_reference: Count = Field(description="the same within the reference")
    distance_ratio: float = Field(
        ge=0, description="median distance to the reference, over Geant4's own at the same energy"
    )
    cross_neighbours: float = Field(
        ge=0, le=1, description="showers whose nearest neighbour is of the other sample"
    )
    cross_neighbours_null: float = Field(ge=0, le=1, description="median of the permutations")
    p_value: float = Field(ge=0, le=1, description="of as many such neighbours or more")
    permutations: Count


class MultivariateResults(Record):
    """All results of looking at all observables together."""

    features: tuple[str, ...] = Field(description="names of the standardised features")
    scores: tuple[MultivariateScore, ...]
    family: Family | None = Field(
        default=None,
        description="the scores whose p-values come from the same permutations, that is all but the "
        "area of the classifier",
    )
    classifier: ClassifierRecord | None
    equivalent: EquivalentStatistics | None
    notes: tuple[str, ...] = Field(description="what was left out or reduced, and why")
    local: LocalFault | None = Field(default=None, description="of the score of that name")
    closeness: Closeness | None = Field(default=None, description="copies of the reference")


def headline_scores(results: Results) -> tuple[MultivariateScore, ...]:
    """The few that tables of several models show, in their order.

    What older results do not hold is what the scores that are installed declare.

    Args:
        results: of a run.
    """
    scores = () if results.multivariate is None else results.multivariate.scores
    if any("headline" not in one.model_fields_set for one in scores):
        # Scores import this module.
        from calobench.evaluation.multivariate.catalogue import all_multivariate

        declared = {name.key: name.headline for one in all_multivariate() for name in one.names}
        scores = tuple(completed(one, {"headline": declared.get(one.name)}) for one in scores)
    shown = [
        (one.headline, index, one) for index, one in enumerate(scores) if one.headline is not None
    ]
    return tuple(one for _, _, one in sorted(shown, key=lambda place: place[:2]))
