"""A main score of a run: one number that a history follows, and what it takes to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from calobench.results.record import Record

if TYPE_CHECKING:
    from calobench.results.multivariate import MultivariateScore

__all__ = ["MainScore"]


class MainScore(Record):
    """One number with its error."""

    name: str = Field(min_length=1)
    label: str
    unit: str = ""
    value: float
    error: float | None = Field(default=None, ge=0, description="None: not known")
    agrees: float | None = Field(
        default=None,
        description="value of a model that is as Geant4; None: there is none, as of costs",
    )
    worse: Literal["high", "low", "both"] = Field(
        default="high", description="which side of that value is bad"
    )
    p_value: float | None = Field(default=None, ge=0, le=1)
    cost: bool = Field(default=False, description="what a shower costs, not how good it is")
    setup: str = Field(
        default="",
        description="what must be alike in two runs for their values to be compared, beside detector, "
        "reference and numbers of showers",
    )

    @classmethod
    def of(cls, score: MultivariateScore) -> Self:
        """The main score of a score of all observables, or cells, together."""
        return cls(
            name=score.name,
            label=score.label,
            value=score.value,
            error=score.error,
            agrees=score.null_median,
            worse=score.worse,
            p_value=score.p_value,
        )

    def distance(self, value: float) -> float:
        """Badness of a value: larger is worse."""
        if self.worse == "both":
            return abs(value - (self.agrees or 0.0))
        return -value if self.worse == "low" else value
