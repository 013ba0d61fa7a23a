"""Square cells in flat layers, as in CLD and ODD."""

from __future__ import annotations

import numpy as np

from calobench._util.edges import cell_number
from calobench.detectors import DetectorSpec
from calobench.detectors.readout import SquareCells
from calobench.placement.cells import Cells, Floats, Integers, Located, Readout, turned
from calobench.placement.events import ReadoutEvents

__all__ = ["SquareReadout"]


class SquareReadout(Readout):
    """Square cells in every period of the stack; cell (0, 0) is centred on y = 0, z = 0.

    A cell collects what lies in its period: the active sheet is the only one there, and the
    boundaries are then those of a mesh whose layers are as thick as a period.
    """

    def __init__(self, detector: DetectorSpec) -> None:
        super().__init__(detector)
        cells = detector.readout.cells if detector.readout else None
        if not isinstance(cells, SquareCells):
            raise TypeError("these are no square cells")
        self.size_mm = cells.size_mm

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self.periods)

    @property
    def pitch_mm(self) -> tuple[float, float]:
        """Size of a usual cell at the face: across the beam and along it, mm."""
        return self.size_mm, self.size_mm

    def cells(self, points: Floats, entrance: Floats) -> Cells:
        """The cell of each point; see :meth:`Readout.cells`."""
        layer = self.periods.at(points[:, 0])
        y, z = (points[:, 1:] + entrance).T
        i, j = (cell_number(at / self.size_mm + 0.5) for at in (y, z))
        inside = (layer >= 0) & (layer < self.layers) & (np.abs(z) <= self.half_length_mm)
        return Cells(layer, i, j, inside)

    def locate(self, theta: Floats, phi: Floats) -> Located:
        """Entrance points of particles; see :meth:`Readout.locate`. A cylinder is met head-on everywhere."""
        radius, staves = self.detector.inner_radius_mm, self.detector.staves
        azimuth = staves.azimuth(phi)
        z = radius / (np.cos(azimuth) * np.tan(theta))
        turn = phi - azimuth
        width = 2 * np.pi / (staves.count or 1)
        stave = cell_number(turn / width + 0.5) % (staves.count or 1)
        return Located(np.stack([radius * np.tan(azimuth), z], axis=1), stave, turn)

    def to_global(self, positions: Floats, turn: Floats) -> Floats:
        """Positions in the whole detector; see :meth:`Readout.to_global`."""
        return turned(positions + np.array([self.detector.inner_radius_mm, 0, 0]), turn)

    def numbered(
        self,
        stave: Integers,
        layer: Integers,  # noqa: ARG002
        i: Integers,
    ) -> tuple[Integers, Integers]:
        """As they are: cells are counted in each stave."""
        return stave, i

    def positions(self, layer: Integers, i: Integers, j: Integers) -> Floats:
        """Centres of cells; see :meth:`Readout.positions`."""
        x = self.periods.sheets_mm[layer]
        return np.stack([x, i * self.size_mm, j * self.size_mm], axis=1)

    def plane(self, layer: Integers, i: Integers, j: Integers) -> Floats:  # noqa: ARG002
        """Centres of cells in the plane of their layer; see :meth:`Readout.plane`."""
        return np.stack([i * self.size_mm, j * self.size_mm], axis=1)

    def seen(self, events: ReadoutEvents) -> Floats:
        """Positions of the cells as seen on the face; see :meth:`Readout.seen`."""
        x, y, z = self.positions(events.layer, events.i, events.j).T
        azimuth = self.detector.staves.azimuth(events.truth.phi)
        across, along = np.tan(azimuth), 1 / (np.tan(events.truth.theta) * np.cos(azimuth))
        event = events.event
        return np.stack([y - x * across[event], z - x * along[event]], axis=1)
