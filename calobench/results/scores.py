"""What the scores of a run declare: enough to show and to use them where their package is not installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from calobench.results.record import Record

if TYPE_CHECKING:
    from calobench.results.schema import Results

__all__ = ["SCORE_NAME", "ScoreRecord", "declared_scores", "page_scores", "score_record"]

# A score is a file that anyone may add: its name is checked for its form alone.
SCORE_NAME = r"^[a-z][a-z0-9_]*$"


class ScoreRecord(Record):
    """How a score is called, what it means and where it is shown."""

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


def declared_scores(results: Results) -> tuple[ScoreRecord, ...]:
    """What the scores of a run declare, those first that judge observables.

    Older results hold no declarations: theirs are those of the scores that are installed.

    Args:
        results: of a run.
    """
    declared: Sequence[ScoreRecord] = results.scores
    if not declared:
        # Scores import this package.
        from calobench.evaluation.univariate.catalogue import all_scores

        named = {score.name for one in results.observables for score in one.scores}
        declared = [score.record for score in all_scores() if score.name in named]
    last = len(declared)
    return tuple(sorted(declared, key=lambda one: last if one.judges is None else one.judges))


def page_scores(results: Results) -> tuple[ScoreRecord, ...]:
    """Those that have columns on the page."""
    return tuple(one for one in declared_scores(results) if one.page)


def score_record(results: Results, name: str) -> ScoreRecord:
    """What the score of that name declares; its name alone where nothing is known of it."""
    found = next((one for one in declared_scores(results) if one.name == name), None)
    return found or ScoreRecord(name=name, title=name.replace("_", " "), page=False)
