"""All observables together: every score of all of them is one family of tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction
from calobench.evaluation.univariate.power import LEVEL, Detection
from calobench.results.schema import ObservableResult, Score
from calobench.results.significance import ScoreFamily
from calobench.stats.family import adjusted_p_values, count_objections, studentised
from calobench.stats.multiple import benjamini_hochberg

__all__ = ["Compared", "judged_together"]

Array = NDArray[np.float64]


class Compared(NamedTuple):
    """An observable, before it is seen as one of many.

    Attributes:
        result: with its scores.
        permuted: each score in every permutation, the observed one first, (B+1,) each.
        detections: what each score makes of shifted models; None where there are none.
    """

    result: ObservableResult
    permuted: tuple[Array, ...]
    detections: tuple[Detection | None, ...]


def judged_together(
    compared: Sequence[Compared], functions: Sequence[ScoreFunction], level: float
) -> tuple[tuple[ObservableResult, ...], tuple[ScoreFamily, ...]]:
    """Give every score its q-value, its family-wise p-value and the shift that the family would find.

    Args:
        compared: all observables.
        functions: the scores, in the order of those of each observable.
        level: false-alarm rate of the family that detectable shifts are for.

    Returns:
        The observables in their order, and a family a score.
    """
    columns, families = [], []
    for index, function in enumerate(functions if compared else ()):
        statistics = np.stack([one.permuted[index] for one in compared])
        adjusted = adjusted_p_values(studentised(statistics).values)
        scores = [one.result.scores[index] for one in compared]
        q_values = benjamini_hochberg([score.p_value for score in scores])
        limits = _limits(statistics[:, 1:], level)
        columns.append(
            [
                score.model_copy(
                    update={
                        "q_value": float(q),
                        "family_p_value": float(p),
                        "minimum_detectable": _smallest(one.detections[index], limit),
                    }
                )
                for score, q, p, one, limit in zip(
                    scores, q_values, adjusted, compared, limits, strict=True
                )
            ]
        )
        families.append(_family(function.name, statistics, float(adjusted.min())))
    rows: list[tuple[Score, ...]] = list(zip(*columns, strict=True))
    return (
        tuple(
            one.result.model_copy(update={"scores": scores})
            for one, scores in zip(compared, rows, strict=True)
        ),
        tuple(families),
    )


def _limits(permuted: Array, level: float) -> Array:
    """The limit that each score must exceed for the family to object; infinite with too few permutations."""
    alike = studentised(permuted)
    largest = np.sort(alike.values.max(axis=0))[::-1]
    # The observed one is among those that are at least as large.
    allowed = int(level * (len(largest) + 1) + 1e-9) - 1
    if allowed < 0:
        return np.full(len(permuted), np.inf)
    return alike.original(float(largest[allowed]))


def _smallest(detection: Detection | None, limit: float) -> float | None:
    return None if detection is None else detection.smallest(limit)


def _family(name: str, statistics: Array, p_value: float) -> ScoreFamily:
    counted = count_objections(statistics, LEVEL)
    return ScoreFamily(
        score=name,
        tests=counted.tests,
        permutations=statistics.shape[1] - 1,
        p_value=p_value,
        level=LEVEL,
        objections=counted.observed,
        expected=counted.expected,
        upper=counted.upper,
        count_p_value=counted.p_value,
    )
