"""Numbers as another processor may give them: moved by one unit in the last place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["DIRECTIONS", "moved", "with_moved_inputs"]

DIRECTIONS = ("up", "down", "mixed")


def moved(values: Any, direction: str) -> Any:
    """The next number up or down for every value, or for each of them one of the two at random."""
    values = np.asarray(values)
    up, down = (np.nextafter(values, values.dtype.type(end)) for end in (np.inf, -np.inf))
    if direction == "mixed":
        return np.where(np.random.default_rng(0).random(values.shape) < 0.5, up, down)
    return {"up": up, "down": down}[direction]


def with_moved_inputs(function: Callable[..., Any], *inputs: Any) -> Iterator[Any]:
    """Results of a function for inputs that are all moved, in every combination of two directions."""
    for first in DIRECTIONS:
        for others in DIRECTIONS:
            yield function(moved(inputs[0], first), *(moved(x, others) for x in inputs[1:]))
