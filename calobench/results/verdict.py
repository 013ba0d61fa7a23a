"""The verdict, as ``results.json`` keeps it and as terminal, page and gate show it."""

from __future__ import annotations

import enum

from pydantic import Field

from calobench.results.record import Count, Record
from calobench.results.use import Use

__all__ = ["Effect", "Level", "Light", "Topic", "Verdict"]


class Level(enum.StrEnum):
    """Levels of a verdict; from the best to the worst, after the one that says nothing."""

    NO_VERDICT = "no verdict"
    INDISTINGUISHABLE = "indistinguishable"
    FIT = "fit for use"
    FLAWS = "visible flaws"
    UNUSABLE = "unusable"

    @property
    def severity(self) -> int:
        """0 for the best, 3 for the worst; -1 where nothing can be said."""
        return list(Level).index(self) - 1


class Topic(enum.StrEnum):
    """Subject of a difference."""

    ENERGY = "energy"
    LONGITUDINAL = "longitudinal"
    LATERAL = "lateral"
    CELLS = "cells"
    CORRELATIONS = "correlations"


class Effect(Record):
    """One quantity of the model against Geant4's: how far, how sure, and what that means for the use."""

    name: str = Field(description="<observable>.<quantity>")
    topic: Topic
    label: str = Field(description="in plain words, e.g. 'mean radius'")
    value: float = Field(description="model minus Geant4, or a score, in the unit")
    error: float | None = Field(default=None, ge=0, description="None: not known")
    unit: str
    sigmas: float | None = Field(
        default=None, ge=0, description="distance from agreement in errors"
    )
    p_value: float | None = Field(
        default=None, ge=0, le=1,
        description="how often chance takes one of all compared numbers as far (look-elsewhere corrected), "
        "to be held against the verdict's alpha; None: the number has no such test",
    )  # fmt: skip
    max: float | None = Field(default=None, description="tolerance of the use, in the unit")
    unusable: float | None = Field(
        default=None, description="beyond it the use calls a model unusable, in the unit"
    )
    within: bool | None = Field(
        default=None,
        description="whether it is shown to be below the tolerance: the upper end of its one-sided 95 % "
        "confidence interval is; None without a tolerance",
    )
    level: Level
    words: str = Field(
        description="e.g. 'mean radius 2.0 ± 0.5 % too large (4.0 sigma)'; 'mean "
        "radius +0.3 ± 0.5 %' where it is not said to be off"
    )


class Light(Record):
    """One topic at a glance: its level and its worst number."""

    topic: Topic
    level: Level
    words: str = Field(description="its worst number in plain words")
    effects: tuple[Effect, ...] = Field(description="the worst first")


class Verdict(Record):
    """Verdict on the model, for a use."""

    level: Level
    sentence: str = Field(description="the headline: level and reason")
    reason: str = Field(description="the one reason for the level, in plain words")
    reach: str = Field(description="the smallest effect that these samples show with 80 % power")
    too_close: str = Field(
        default="", description="why the model is taken to have seen the reference; '': it is not"
    )
    not_shown: tuple[str, ...] = Field(
        default=(), description="tolerances of the use that are not shown to be met, and why"
    )
    alpha: float = Field(
        gt=0,
        lt=1,
        description="how often a model that is as Geant4 is not called indistinguishable",
    )
    p_value: float = Field(
        ge=0, le=1, description="how often a model as Geant4 has evidence this extreme, at most"
    )
    n_model: Count
    n_reference: Count
    use: Use
    lights: tuple[Light, ...] = Field(description="one for each topic, in the order of the topics")
