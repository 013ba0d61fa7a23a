"""Results of many tests together."""

from __future__ import annotations

from pydantic import Field

from calobench.results.record import Count, Record

__all__ = ["ALPHA", "Family", "ScoreFamily"]

ALPHA = 0.01
"""Largest probability that the verdict objects to a model that is as Geant4."""


class Family(Record):
    """Several tests on the same permutations, judged together."""

    tests: Count
    permutations: Count
    p_value: float = Field(
        ge=0,
        le=1,
        description="how often chance makes the largest of all statistics, each in its own standard "
        "deviations, as large as it is",
    )


class ScoreFamily(Family):
    """One score of all observables."""

    score: str
    level: float = Field(description="p-value at which an observable is counted")
    objections: Count = Field(description="observables with a p-value of at most the level")
    expected: float = Field(ge=0, description="mean of that number over the permutations")
    upper: float = Field(ge=0, description="95 % quantile of the same")
    count_p_value: float = Field(
        ge=0, le=1, description="how often chance gives as many objections or more"
    )
