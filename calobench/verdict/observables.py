"""What is said of each observable: it differs, it may, or no difference is seen."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

from calobench.results.schema import ObservableResult, Results, Score
from calobench.results.scores import declared_scores
from calobench.verdict.parts import part_level

__all__ = [
    "FALSE_DISCOVERIES",
    "MIN_EFFECT",
    "Judged",
    "Status",
    "family_p_value",
    "judge",
    "score_named",
]

MIN_EFFECT = 1e-3
"""Of W1, in standard deviations: less is no difference, however significant. To see it in independent
samples takes a million showers; in fewer it is a copy of the reference with another rounding."""

FALSE_DISCOVERIES = 0.05
"""Share of false ones among the observables that may differ, at most."""


class Status(enum.StrEnum):
    """What the tests say, taking all observables into account."""

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
    """

    observable: ObservableResult
    score: Score
    family_p_value: float
    status: Status

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
    names = [one.name for one in declared_scores(results) if one.judges is not None]
    return judge_observables(results.observables, names, results.run.alpha)


def judge_observables(
    observables: Sequence[ObservableResult], scores: Sequence[str], alpha: float
) -> tuple[Judged, ...]:
    """Judge them as one family.

    An observable differs if the family objects to it at its part of alpha. It may differ if it is among
    those of which one in twenty is false at most (Benjamini and Hochberg).

    Args:
        observables: all of a run.
        scores: names of those that judge: the first that an observable has.
        alpha: false-alarm rate of the verdict.
    """
    chosen = [
        (observable, score)
        for observable in observables
        if (score := _judging(observable, scores)) is not None
    ]
    judged = []
    for observable, score in chosen:
        p = family_p_value(score, len(chosen))
        judged.append(Judged(observable, score, p, _status(score, p, alpha)))
    return tuple(judged)


def _judging(observable: ObservableResult, names: Sequence[str]) -> Score | None:
    scores = (score_named(observable, name) for name in names)
    return next((score for score in scores if score is not None), None)


def _status(score: Score, p_value: float, alpha: float) -> Status:
    if score.name == "wasserstein" and score.value < MIN_EFFECT:
        return Status.COMPATIBLE
    if p_value <= part_level(alpha):
        return Status.DIFFERS
    q_value = p_value if score.q_value is None else score.q_value
    return Status.BORDERLINE if q_value <= FALSE_DISCOVERIES else Status.COMPATIBLE
