"""Cells of a detector's readout: their positions, and the cell that a point belongs to.

Points are given relative to where their particle enters, along the axes of the *stack frame*: x in depth
(the normal of the layers), z along the beam. Where the particle enters is given apart, as (y, z) on the
face: y across the beam from the middle of cell i = 0, z along the beam from the middle of the detector.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.detectors.stack import Periods
from calobench.errors import SpecError
from calobench.placement.events import ReadoutEvents

__all__ = ["Cells", "Floats", "Integers", "Located", "Readout", "turned"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Cells(NamedTuple):
    """A cell for each of S points.

    Attributes:
        layer: from 0 inwards out, (S,).
        i: first index in the layer, (S,).
        j: second index, (S,).
        inside: whether there is a cell at all; without one the indices mean nothing, (S,).
    """

    layer: Integers
    i: Integers
    j: Integers
    inside: NDArray[np.bool_]


class Located(NamedTuple):
    """Entrance points of N particles from the middle of the detector.

    Attributes:
        entrance: on the face, (y, z), mm, (N, 2).
        stave: number of the flat part of the barrel that is met, or of the module, (N,).
        turn: angle about the beam by which that part is turned, rad, (N,).
    """

    entrance: Floats
    stave: Integers
    turn: Floats


class Readout(ABC):
    """The cells of one detector.

    Attributes:
        threshold_mev: cells with less visible energy are not read out.
        noise_mev: standard deviation of the noise of a cell, MeV.
        saturation_mev: a cell shows no more than this, MeV; None if it shows everything.
        half_length_mm: the cells end this far from z = 0, mm.
        periods: where the active sheets are.
    """

    def __init__(self, detector: DetectorSpec) -> None:
        spec = detector.readout
        if spec is None:
            raise SpecError(
                f"{detector.name} has no readout cells; use a detector that has some, or add a block "
                "'readout' to its YAML as in data_specs/detectors/FCCeeCLD.yaml"
            )
        self.detector = detector
        self.threshold_mev = spec.threshold_mev
        self.noise_mev = spec.noise_mev
        self.saturation_mev = spec.saturation_mev
        self.half_length_mm = spec.half_length_mm
        self.periods = Periods.of(detector)

    @property
    @abstractmethod
    def layers(self) -> int:
        """Number of layers."""

    @property
    @abstractmethod
    def pitch_mm(self) -> tuple[float, float]:
        """Size of a usual cell at the face: across the beam and along it, mm."""

    def placeable(self, entrance: Floats) -> Floats:
        """The points nearest to ``entrance``, (..., 2), at which a particle can be placed exactly, mm."""
        return entrance

    @abstractmethod
    def locate(self, theta: Floats, phi: Floats) -> Located:
        """Entrance points of particles from the middle of the detector.

        Args:
            theta: polar angles, rad, (N,).
            phi: azimuths, rad, (N,).
        """

    @abstractmethod
    def to_global(self, positions: Floats, turn: Floats) -> Floats:
        """Positions as :meth:`positions` gives them, in the frame of the whole detector, mm, (H, 3).

        Args:
            positions: stack frame, mm, (H, 3).
            turn: of the part of the barrel that each is in, rad, (H,).
        """

    @abstractmethod
    def numbered(self, stave: Integers, layer: Integers, i: Integers) -> tuple[Integers, Integers]:
        """Stave and first index as the whole detector counts them, (H,) each."""

    @abstractmethod
    def cells(self, points: Floats, entrance: Floats) -> Cells:
        """The cell of each point.

        Args:
            points: relative to the entrance, stack frame, mm, (S, 3).
            entrance: where the particle of each point enters, (y, z), mm, (S, 2).
        """

    @abstractmethod
    def positions(self, layer: Integers, i: Integers, j: Integers) -> Floats:
        """Centres of cells, stack frame, mm, (H, 3); a particle that enters at (y, z) does so at (0, y, z).

        Args:
            layer: (H,).
            i: (H,).
            j: (H,).
        """

    @abstractmethod
    def plane(self, layer: Integers, i: Integers, j: Integers) -> Floats:
        """Centres of cells in the plane of their layer, across and along the beam, mm, (H, 2)."""

    @abstractmethod
    def seen(self, events: ReadoutEvents) -> Floats:
        """Points of the face on lines through the cells' centres along the photons: (y, z), mm, (H, 2).

        Comparable with the entrances of the photons, whatever their direction.
        """


def turned(positions: Floats, angle: Floats) -> Floats:
    """Positions, mm, (H, 3), turned about the beam by ``angle``, rad, (H,)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = positions.T
    return np.stack([x * cosine - y * sine, x * sine + y * cosine, z], axis=1)
