"""How the learning rate goes, and when a training ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Schedule", "Stopping"]


@dataclass(frozen=True)
class Schedule:
    """Learning rate: linear warm-up, constant, then cosine to zero over the last ``decay`` steps."""

    rate: float
    warm_up: int
    steps: int
    decay: int

    def at(self, step: int) -> float:
        """Rate of optimiser step ``step`` (counted from 0)."""
        warm = min(1.0, (step + 1) / max(1, self.warm_up))
        left = max(0, self.steps - step) / max(1, self.decay)
        return self.rate * warm * (0.5 - 0.5 * math.cos(math.pi * min(1.0, left)))


@dataclass(frozen=True)
class Stopping:
    """Steps at which the curve is written, and at which training may end before its last.

    Attributes:
        curve_every: steps between entries of the curve.
        patience: entries without a smaller validation loss after which training ends; the average with the
            smallest one is then the result. None: the last average is.
    """

    curve_every: int = 200
    patience: int | None = None
