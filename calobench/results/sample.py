"""Records of the whole sample: dependence on energy and angle, correlations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from calobench.results.record import Count, Floats, Record

__all__ = [
    "BinnedObservable",
    "ConditionBins",
    "ConditionName",
    "CorrelationChance",
    "CorrelationMatrix",
    "Kind",
    "MaybeFloats",
    "SampleRecord",
]

MaybeFloats = tuple[float | None, ...]
ConditionName = Literal["all", "energy", "theta", "azimuth"]
Kind = Literal["observables", "at_fixed_conditions", "layers"]


_OF_BINS = (
    *("reference_mean", "reference_mean_error", "reference_spread"),
    *("model_mean", "model_mean_error", "model_spread"),
    *("shift", "shift_error", "log_width_ratio", "log_width_ratio_error"),
)


class BinnedObservable(Record):
    """A scalar observable in bins; an entry a bin, None where a sample has fewer than 5 showers."""

    name: str
    reference_mean: MaybeFloats
    reference_mean_error: MaybeFloats
    reference_spread: MaybeFloats = Field(description="standard deviation in the bin")
    model_mean: MaybeFloats
    model_mean_error: MaybeFloats
    model_spread: MaybeFloats
    shift: MaybeFloats = Field(
        description="mean of the model less that of Geant4, at fixed energy and angle, in units of "
        "Geant4's spread there; on a logarithmic scale where the observable is skewed"
    )
    shift_error: MaybeFloats
    log_width_ratio: MaybeFloats = Field(
        description="ln of the model's spread at fixed energy and angle over Geant4's"
    )
    log_width_ratio_error: MaybeFloats

    def _lengths(self) -> Mapping[str, int]:
        return dict.fromkeys(_OF_BINS, 0)


class ConditionBins(Record):
    """All scalar observables in bins of one condition of the incident particle."""

    name: ConditionName
    label: str
    unit: str
    log: bool
    edges: Floats = Field(description="none for 'all', which is a single bin")
    n_reference: tuple[Count, ...]
    n_model: tuple[Count, ...]
    observables: tuple[BinnedObservable, ...]

    def _lengths(self) -> Mapping[str, int]:
        return {"n_reference": 0, "n_model": 0} | ({"edges": 1} if self.edges else {})

    @model_validator(mode="after")
    def _has_all_bins(self) -> Self:
        for one in self.observables:
            if len(one.shift) != len(self.n_model):
                raise ValueError(
                    f"{one.name} has {len(one.shift)} bins, the sample {len(self.n_model)}"
                )
        return self


class CorrelationChance(Record):
    """Numbers of pairs that differ by more than 3 errors in permutations of model and Geant4."""

    permutations: Count
    expected: float = Field(ge=0, description="mean number of pairs")
    upper: float = Field(ge=0, description="95 % quantile of the same")
    p_value: float = Field(ge=0, le=1, description="how often chance gives as many or more")


class CorrelationMatrix(Record):
    """Pearson correlations of the numbers of a shower, and how far model and Geant4 are apart.

    The matrices are stored by rows of the upper triangle without the diagonal.
    """

    kind: Kind
    names: tuple[str, ...] = Field(description="observables, or numbers of layers")
    n_reference: Count
    n_model: Count
    reference: Floats
    model: Floats
    pull: Floats = Field(
        description="difference of Fisher's arctanh r, model less Geant4, over its jackknife error"
    )
    rms_difference: float = Field(
        ge=0, description="root mean square of the difference of arctanh r"
    )
    rms_expected: float = Field(ge=0, description="what the errors alone give")
    chance: CorrelationChance | None = None

    def _lengths(self) -> Mapping[str, int]:
        return dict.fromkeys(("reference", "model", "pull"), 0)

    @model_validator(mode="after")
    def _has_all_pairs(self) -> Self:
        n = len(self.names)
        if len(self.pull) != n * (n - 1) // 2:
            raise ValueError(f"{n} names have {n * (n - 1) // 2} pairs, not {len(self.pull)}")
        return self


class SampleRecord(Record):
    """Sample-wide quantities of both samples."""

    inclusive: ConditionBins
    binned: tuple[ConditionBins, ...]
    correlations: tuple[CorrelationMatrix, ...]
