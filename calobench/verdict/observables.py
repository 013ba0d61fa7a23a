"""Statements about each observable: it differs, it may, or no difference is seen."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

from calobench.results.schema import ObservableResult, Results, Score
from calobench.results.scores import ScoreRecord, declared_scores
from calobench.verdict.parts import part_level

__all__ = [
    "FALSE_DISCOVERIES",
    "Judged",
    "Status",
    "family_p_value",
    "judge",
    "score_named",
]

FALSE_DISCOVERIES = 0.05
"""Fraction of false ones among the observables that may differ, at most."""


class Status(enum.StrEnum):
    """Results of the tests, taking all observables into account."""

    COMPATIBLE = "compatible"
    BORDERLINE = "borderline"
    DIFFERS = "differs"


@dataclass(frozen=True)
class Judged:
    """An observable, the score that judges it, and what follows.

    Attributes:
        observable: with all its scores.
        score: that judges.
        family_p_value: of the score, over all observables.
        status: what follows.
        has_size: whether the score is large enough to be a difference at all.
    """

    observable: ObservableResult
    score: Score
    family_p_value: float
    status: Status
    has_size: bool = True

    @property
    def ratio(self) -> float:
        """Score over the 95 % quantile of its null; infinite where that is zero and it is not."""
        if self.score.null_95 > 0:
            return self.score.value / self.score.null_95
        return 0.0 if self.score.value <= 0 else math.inf


def score_named(observable: ObservableResult, name: str) -> Score | None:
    """The observable's score of that name, if it has one."""
    return next((score for score in observable.scores if score.name == name), None)


def family_p_value(score: Score, tests: int) -> float:
    """Over all observables; Bonferroni's where the results do not hold it.

    Args:
        score: of one observable.
        tests: number of observables.
    """
    if score.family_p_value is not None:
        return score.family_p_value
    return min(1.0, tests * score.p_value)


def judge(results: Results) -> tuple[Judged, ...]:
    """Judge every observable that has a score."""
    judging = [one for one in declared_scores(results) if one.judges is not None]
    return judge_observables(results.observables, judging, results.run.alpha)


def judge_observables(
    observables: Sequence[ObservableResult], scores: Sequence[ScoreRecord], alpha: float
) -> tuple[Judged, ...]:
    """Judge them as one family.

    An observable differs if the family objects to it at its part of alpha. It may differ if it is among
    those of which one in twenty is false at most (Benjamini and Hochberg).

    Args:
        observables: all of a run.
        scores: those that judge: the first that an observable has.
        alpha: false-alarm rate of the verdict.
    """
    chosen = [
        (observable, score) for observable in observables for score in _judging(observable, scores)
    ]
    negligible = {one.name: one.negligible for one in scores}
    judged = []
    for observable, score in chosen:
        p, has_size = family_p_value(score, len(chosen)), score.value >= negligible[score.name]
        status = _status(score, p, alpha) if has_size else Status.COMPATIBLE
        judged.append(Judged(observable, score, p, status, has_size))
    return tuple(judged)


def _judging(observable: ObservableResult, declared: Sequence[ScoreRecord]) -> list[Score]:
    """The first of the scores that the observable has, if it has any."""
    scores = (score_named(observable, one.name) for one in declared)
    return [score for score in scores if score is not None][:1]


def _status(score: Score, p_value: float, alpha: float) -> Status:
    if p_value <= part_level(alpha):
        return Status.DIFFERS
    q_value = p_value if score.q_value is None else score.q_value
    return Status.BORDERLINE if q_value <= FALSE_DISCOVERIES else Status.COMPATIBLE
