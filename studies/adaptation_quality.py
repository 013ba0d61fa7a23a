"""Points of a result of ``adaptation.py`` that belong together, and how many steps fewer adaptation needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adaptation_curves import Factor, factor, selected

__all__ = [
    "HELD_OUT",
    "Point", "Result", "best_of_seeds", "numbers", "shapes", "step_factor", "steps_of",
]  # fmt: skip

Result = Mapping[str, Any]
Point = Mapping[str, Any]

HELD_OUT = "held_out_loss"
"""Not a score of showers; comparable where the same showers are held out: for equal showers and seeds."""
_GUESSING = {"auc": 0.5}
_MIN_DISTANCE = 1e-3
"""Less is chance; an FPD may come out below 0."""


def step_factor(result: Result, showers: int | None, steps: int, score: str) -> Factor | None:
    """How many times the steps of an adaptation training from nothing takes, for the same score."""
    pairs = []
    for point in shapes(result, kind="adapt", showers=showers, steps=steps):
        curve = [
            (float(one["steps"]), _distance(one, score))
            for one in shapes(result, kind="scratch", showers=showers, seed=point["seed"])
        ]
        if len(curve) > 1:
            pairs.append(((float(steps), _distance(point, score)), curve))
    return factor(pairs)


def shapes(result: Result, **of: Any) -> list[Point]:
    """Points of trainings of the shape that have scores, with given entries."""
    return selected(result["points"], part="shape", **of)


def numbers(result: Result, *kinds: str) -> list[int | None]:
    """Numbers of showers, in ascending order, all last."""
    given = {one["showers"] for kind in kinds for one in shapes(result, kind=kind)}
    return sorted(given, key=lambda n: n or math.inf)


def steps_of(result: Result, kind: str, showers: int | None) -> list[int]:
    """Numbers of steps with which a kind was trained, in ascending order."""
    return sorted({one["steps"] for one in shapes(result, kind=kind, showers=showers)})


def best_of_seeds(result: Result, kind: str, showers: int | None) -> Iterator[Point]:
    """Of each seed the length of training with the smallest held-out loss."""
    points = shapes(result, kind=kind, showers=showers)
    for seed in sorted({one["seed"] for one in points}):
        yield _best(one for one in points if one["seed"] == seed)


def _best(points: Iterable[Point]) -> Point:
    """By the held-out loss: not by what it is judged with."""
    return min(points, key=lambda one: one["held_out_loss"])


def _distance(point: Point, score: str) -> float:
    if score == HELD_OUT:
        return float(point[score])
    return max(_MIN_DISTANCE, float(point["scores"][score]) - _GUESSING.get(score, 0.0))
