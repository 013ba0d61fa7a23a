"""How much less adaptation needs than training from nothing, at equal quality: arithmetic on curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from scipy.stats import ttest_ind

__all__ = [
    "Factor",
    "Mean",
    "Reached",
    "factor",
    "mean_over_seeds",
    "probability",
    "reached",
    "selected",
]

Limit = Literal["", ">", "<"]
Point = Mapping[str, Any]


@dataclass(frozen=True)
class Reached:
    """The steps, or showers, at which a curve reaches a quality.

    Attributes:
        amount: of steps or showers.
        limit: ``>``: more than that, which is the last of the curve; ``<``: less, the first; else empty.
    """

    amount: float
    limit: Limit = ""


@dataclass(frozen=True)
class Factor:
    """How many times more the one needs than the other, over the seeds.

    Attributes:
        value: geometric mean.
        low: smallest of the seeds.
        high: largest.
        limit: ``>`` where at least one seed is a lower limit, so that all three numbers are; ``<`` the
            opposite.
        seeds: how many there are.
    """

    value: float
    low: float
    high: float
    limit: Limit
    seeds: int


@dataclass(frozen=True)
class Mean:
    """Mean over seeds, and its error from their scatter; NaN for one seed."""

    value: float
    error: float
    seeds: int


def reached(curve: Sequence[tuple[float, float]], distance: float) -> Reached:
    """Where a curve comes down to a distance for the first time, a power law between its points.

    Args:
        curve: (amount, distance), at least one, both above 0; a smaller distance is better.
        distance: to reach.
    """
    points = sorted(curve)
    if points[0][1] <= distance:
        equal = points[0][1] == distance
        return Reached(points[0][0], "" if equal else "<")
    for (before, above), (after, below) in pairwise(points):
        if below <= distance:
            part = math.log(above / distance) / math.log(above / below)
            return Reached(before * (after / before) ** part)
    return Reached(points[-1][0], ">")


def factor(
    pairs: Iterable[tuple[tuple[float, float], Sequence[tuple[float, float]]]],
) -> Factor | None:
    """The factor at equal quality.

    Args:
        pairs: of each seed the point (amount, distance) of the better way, and the curve of the other.

    Returns:
        None without a seed, or if some seeds are limits from above and others from below.
    """
    ratios, limits = [], set()
    for (amount, distance), curve in pairs:
        other = reached(curve, distance)
        ratios.append(other.amount / amount)
        limits.add(other.limit)
    if not ratios or {"<", ">"} <= limits:
        return None
    limit: Limit = ">" if ">" in limits else "<" if "<" in limits else ""
    mean = math.exp(sum(math.log(one) for one in ratios) / len(ratios))
    return Factor(mean, min(ratios), max(ratios), limit, len(ratios))


def mean_over_seeds(values: Sequence[float]) -> Mean:
    """Mean and its error."""
    n = len(values)
    error = float(np.std(values, ddof=1) / math.sqrt(n)) if n > 1 else math.nan
    return Mean(float(np.mean(values)), error, n)


def probability(first: Sequence[float], second: Sequence[float]) -> float:
    """That two means differ so much by chance: Welch's test; NaN with fewer than two seeds on a side."""
    if min(len(first), len(second)) < 2:
        return math.nan
    return float(ttest_ind(first, second, equal_var=False).pvalue)


def selected(points: Iterable[Point], **of: Any) -> list[Point]:
    """Points with given entries that have scores, by seed and steps."""
    chosen = [
        one
        for one in points
        if one.get("scores") and all(one[key] == value for key, value in of.items())
    ]
    return sorted(chosen, key=lambda one: (one["seed"], one["steps"]))
