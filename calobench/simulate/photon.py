"""A photon at the face of the layers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Photon"]


class Photon(NamedTuple):
    """A photon at the face of the layers.

    Attributes:
        energy: MeV.
        direction: unit vector in the stack frame, (3,).
        y: where it enters the face, mm.
        z: where it enters the face, along the beam, mm.
    """

    energy: float
    direction: NDArray[np.float64]
    y: float = 0.0
    z: float = 0.0

    def at(self, x: float) -> tuple[float, float, float]:
        """Its position at depth ``x``, stack frame, mm; on the face that is (0, y, z)."""
        along, across, beam = self.direction.tolist()
        return x, self.y + x * across / along, self.z + x * beam / along
