"""Declarations of the scores of a run: enough to use them where their package is not installed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from calobench.results.declared import completed
from calobench.results.record import Record

if TYPE_CHECKING:
    from calobench.results.schema import Results

__all__ = [
    "SCORE_NAME",
    "ScoreRecord",
    "declared",
    "declared_scores",
    "effect_size",
    "judging_score",
    "page_scores",
    "score_record",
]

# A score is a file that anyone may add: its name is checked for its form alone.
SCORE_NAME = r"^[a-z][a-z0-9_]*$"


class ScoreRecord(Record):
    """Declaration of a score: its name, its meaning, and where it is shown."""

    name: str = Field(pattern=SCORE_NAME)
    title: str = Field(description="plain text, may hold Unicode, e.g. 'χ²/ndf'")
    unit: str = Field(default="", description="'' for a pure number, 'σ': widths of Geant4")
    description: str = ""
    page: bool = Field(default=True, description="has columns in the table of the page")
    terminal: bool = Field(default=False, description="has columns in the table of the terminal")
    judges: int | None = Field(
        default=None,
        description="rank among the scores that judge an observable; the first that it has judges it",
    )
    gate: float | None = Field(
        default=None, ge=0, description="smallest change that matters in a gate; None: not compared"
    )
    averaged: bool = Field(
        default=False, description="means the same for every observable: its mean over all is shown"
    )
    effect_size: bool = Field(
        default=False,
        description="is the size of a difference, in standard deviations of Geant4: what uses tolerate of "
        "the shape of a distribution",
    )
    negligible: float = Field(
        default=0.0, ge=0, description="a smaller value is no difference, however significant"
    )

    @property
    def heading(self) -> str:
        """Title and unit, for a column of numbers."""
        return f"{self.title}/{self.unit}" if self.unit else self.title


def declared_scores(results: Results) -> tuple[ScoreRecord, ...]:
    """Declarations of the scores of a run, those first that judge observables.

    Args:
        results: of a run.
    """
    return declared(
        results.scores, (score.name for one in results.observables for score in one.scores)
    )


def declared(stored: Sequence[ScoreRecord], names: Iterable[str]) -> tuple[ScoreRecord, ...]:
    """Declarations of the scores of some document, those first that judge observables.

    What older documents do not hold is what the scores that are installed declare.

    Args:
        stored: in the document.
        names: of the scores that the document has values of.
    """
    made = list(stored)
    if not made or any(one.model_fields_set < ScoreRecord.model_fields.keys() for one in made):
        # Scores import this package.
        from calobench.evaluation.univariate.catalogue import all_scores

        installed = {score.name: score.record for score in all_scores()}
        known = set(names)
        made = made or [one for name, one in installed.items() if name in known]
        made = [completed(one, dict(installed.get(one.name, ()))) for one in made]
    last = len(made)
    return tuple(sorted(made, key=lambda one: last if one.judges is None else one.judges))


def judging_score(scores: Iterable[ScoreRecord]) -> ScoreRecord:
    """The score that judges observables before all others; a nameless one without values where none does."""
    ranked = [one for one in scores if one.judges is not None]
    nameless = ScoreRecord(name="none", title="score", page=False)
    return min(ranked, key=lambda one: one.judges or 0, default=nameless)


def effect_size(scores: Iterable[ScoreRecord]) -> ScoreRecord | None:
    """The score that is the size of a difference; None where none declares to be."""
    return next((one for one in scores if one.effect_size), None)


def page_scores(results: Results) -> tuple[ScoreRecord, ...]:
    """Those that have columns on the page."""
    return tuple(one for one in declared_scores(results) if one.page)


def score_record(results: Results, name: str) -> ScoreRecord:
    """The declaration of the score of that name; its name alone where nothing is known of it."""
    record = next((one for one in declared_scores(results) if one.name == name), None)
    return record or ScoreRecord(name=name, title=name.replace("_", " "), page=False)
