"""The part of a row that a suite and a sweep share: how good the showers of one run are."""

from __future__ import annotations

import math
from typing import Any

from calobench.results.multivariate import headline_scores
from calobench.results.record import Record
from calobench.results.schema import Results
from calobench.verdict import Level, Use, verdict_of

__all__ = ["JudgedRow", "RowScore", "judgement"]


class RowScore(Record):
    """A score with its error and what agreeing samples give.

    Attributes:
        name: of the score.
        label: for people.
        value: its value.
        error: of it.
        null_interval: 5 % and 95 % quantile for samples that agree; None in documents of before.
        p_value: against Geant4's own.
    """

    name: str
    label: str
    value: float
    error: float
    null_interval: tuple[float, float] | None = None
    p_value: float


class JudgedRow(Record):
    """A row that says how good a run is.

    Attributes:
        level: of the verdict.
        verdict: in one sentence.
        scores: of all observables together.
        equivalent: independent Geant4 showers that the sample is worth.
        response: mean response over Geant4's, and its error; None where no energy bin has both.
    """

    level: Level | None = None
    verdict: str | None = None
    scores: tuple[RowScore, ...] = ()
    equivalent: float | None = None
    response: tuple[float, float] | None = None

    def score(self, name: str) -> RowScore | None:
        """The score of that name, if the run has it."""
        return next((score for score in self.scores if score.name == name), None)


def judgement(results: Results, use: Use | None = None) -> dict[str, Any]:
    """The fields of :class:`JudgedRow`.

    Args:
        results: of the run.
        use: what the model is for; None: that of the results.
    """
    verdict = verdict_of(results, use)
    equivalent = None if results.multivariate is None else results.multivariate.equivalent
    return {
        "level": verdict.level,
        "verdict": verdict.sentence,
        "scores": tuple(
            RowScore(
                name=score.name,
                label=score.label,
                value=score.value,
                error=score.error,
                null_interval=score.null_interval,
                p_value=score.p_value,
            )
            for score in headline_scores(results)
        ),
        "equivalent": None if equivalent is None else equivalent.showers,
        "response": _response(results),
    }


def _response(results: Results) -> tuple[float, float] | None:
    for average in results.energy_dependence.averages:
        if average.quantity == "response":
            ratio = math.exp(average.log_ratio)
            return ratio, ratio * average.error
    return None
