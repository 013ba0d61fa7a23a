"""One number for a model: its mean distance from Geant4, in units of what cannot be seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calobench.results.schema import Results, Score
from calobench.results.scores import declared_scores, judging_score

__all__ = ["MeanDistance", "mean_distance", "scored_distances"]


class MeanDistance(NamedTuple):
    """Mean over observables of the score that judges them over the 95 % quantile of its null.

    Attributes:
        value: every observable counts the same.
        error: as if all observables fluctuated together, so at most.
    """

    value: float
    error: float


def scored_distances(results: Results) -> list[Score]:
    """The score that judges observables, of all that have one with a null."""
    judging = judging_score(declared_scores(results)).name
    return [
        score
        for observable in results.observables
        for score in observable.scores
        if score.name == judging and score.null_95 > 0
    ]


def mean_distance(results: Results) -> MeanDistance | None:
    """The mean distance of a run; None where nothing was scored."""
    scores = scored_distances(results)
    if not scores:
        return None
    return MeanDistance(
        float(np.mean([score.value / score.null_95 for score in scores])),
        float(np.mean([score.error / score.null_95 for score in scores])),
    )
