"""Points that no other beats in two numbers of which less is better."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

__all__ = ["front_of"]

Point = TypeVar("Point")


def front_of(
    points: Iterable[Point], numbers: Callable[[Point], tuple[float, float]]
) -> list[Point]:
    """The Pareto front, by ascending first number; of equal points the first.

    Args:
        points: any number of them.
        numbers: the two of a point.
    """
    front: list[Point] = []
    for point in sorted(points, key=numbers):
        if not front or numbers(point)[1] < numbers(front[-1])[1]:
            front.append(point)
    return front
