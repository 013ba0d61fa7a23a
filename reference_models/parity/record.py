"""Result of a comparison of two ways of evaluation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FAULT", "ROUNDING", "Difference", "Parity", "difference"]

ROUNDING = 1e-5
"""Of the hottest cell of its shower: up to here sums in another order explain a difference."""
FAULT = 1e-3
"""From here on nothing does."""
_BRIGHT = 0.01
"""Of the hottest cell: cells whose own relative difference is told."""


@dataclass(frozen=True)
class Difference:
    """Distance of the cells of one way from those in double precision.

    Attributes:
        absolute_mev: of the worst cell.
        of_hottest: the same over the hottest cell of its shower.
        of_cell: worst cell relative to its own energy, of cells above 1 % of the hottest.
        of_half: half of these cells differ by less.
        flipped: fraction of the cells that are empty in one and not in the other.
        moved: largest shift of the mean of an observable, in its standard deviations over the showers.
        observable: which one.
    """

    absolute_mev: float
    of_hottest: float
    of_cell: float
    of_half: float
    flipped: float
    moved: float
    observable: str

    @property
    def verdict(self) -> str:
        """In a word."""
        if not self.of_hottest < FAULT:
            return "FAULT"
        if self.of_hottest <= ROUNDING:
            return "rounding"
        # Rounding decides whether a cell at the cut is kept, and the sums of its layer and ring follow; most
        # cells are not in them.
        at_the_cut = self.flipped > 0 and self.of_half <= ROUNDING
        return "rounding at the cut" if at_the_cut else "more than rounding"


@dataclass(frozen=True)
class Parity:
    """All ways of one variant.

    Attributes:
        variant: its name.
        detector: its name.
        n: showers.
        seed: of noise and conditions.
        versions: of what evaluates.
        differences: by way.
        first: operation after which a way differs by more than rounding; None where none does.
        cpu_ms: CPU time of a shower, by way, after the first three.
        repeated: whether two of a kind that a host makes draw the same showers, by kind.
    """

    variant: str
    detector: str
    n: int
    seed: int
    versions: dict[str, str]
    differences: dict[str, Difference]
    first: dict[str, str | None]
    cpu_ms: dict[str, float]
    repeated: dict[str, bool]

    @property
    def faults(self) -> tuple[str, ...]:
        """Ways with a fault."""
        return tuple(name for name, one in self.differences.items() if one.verdict == "FAULT")


def difference(
    result: NDArray[np.float32],
    expected: NDArray[np.float64],
    means: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> Difference:
    """Compare showers cell by cell.

    Args:
        result: MeV, (N, R, PHI, Z).
        expected: the same in double precision.
        means: observables of both, (N,) each, of the result first.
    """
    hottest = expected.max(axis=(1, 2, 3), keepdims=True)
    off = np.abs(result - expected)
    bright = expected > _BRIGHT * hottest
    shifts = {
        name: abs(float(np.mean(a - b))) / max(float(np.std(b)), 1e-12)
        for name, (a, b) in means.items()
    }
    relative = off[bright] / expected[bright]
    worst = max(shifts, key=lambda name: shifts[name])
    return Difference(
        absolute_mev=float(off.max()),
        of_hottest=float((off / hottest).max()),
        of_cell=float(relative.max()),
        of_half=float(np.median(relative)),
        flipped=float(np.mean((result > 0) != (expected > 0))),
        moved=shifts[worst],
        observable=worst,
    )
