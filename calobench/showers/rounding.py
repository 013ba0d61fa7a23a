"""Cells just below zero, which generators leave by rounding: empty, and said."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEGLIGIBLE_MEV", "Rounded", "clear_rounding"]

NEGLIGIBLE_MEV = 1e-6
"""Energies this little below zero are rounding of what made them; no deposit is read out at 1 eV."""


class Rounded(NamedTuple):
    """Cells that were just below zero and count as empty.

    Attributes:
        cells: how many.
        lowest: the lowest of them, MeV.
    """

    cells: int = 0
    lowest: float = 0.0

    def joined(self, other: Rounded) -> Rounded:
        """These and others."""
        return Rounded(self.cells + other.cells, min(self.lowest, other.lowest))

    def remarks(self, source: object) -> tuple[str, ...]:
        """One line for people, where there were any.

        Args:
            source: of the showers.
        """
        if not self.cells:
            return ()
        return (
            f"{source}: {self.cells} cells were below zero, by {-self.lowest:.2g} MeV at most: that is "
            "rounding, they count as empty",
        )


def clear_rounding(energy: NDArray[np.float32]) -> Rounded:
    """Set cells just below zero to zero, in place: what flows and diffusion models leave by rounding.

    Args:
        energy: cell energies, MeV, (N, ...).

    Returns:
        What was set to zero. Energies further below zero than ``NEGLIGIBLE_MEV`` stay as they are.
    """
    # One pass for what is usual; NaN makes the comparison false.
    if not energy.size or energy.min() >= 0:
        return Rounded()
    below = (energy < 0) & (energy >= -NEGLIGIBLE_MEV)
    if not below.any():
        return Rounded()
    rounded = Rounded(int(np.count_nonzero(below)), float(energy[below].min()))
    energy[below] = 0
    return rounded
