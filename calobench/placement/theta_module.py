"""Cells of inclined plates: layers by radius, modules by plate, theta along the beam, as in ALLEGRO."""

from __future__ import annotations

import math

import numpy as np

from calobench._util.edges import bin_index, cell_number
from calobench.detectors import DetectorSpec
from calobench.detectors.readout import ThetaModuleCells
from calobench.placement.cells import Cells, Floats, Integers, Located, Readout, turned
from calobench.placement.events import ReadoutEvents

__all__ = ["ThetaModuleReadout"]


class ThetaModuleReadout(Readout):
    """Cells of inclined plates around the beam, as in ALLEGRO: layer by radius, module, theta.

    In the flat stack every period is one module: an electrode board with the gaps on both sides. Radius
    and theta are those of the point in the whole detector. The plates are parallel here, where the real
    ones fan out, and a plate begins where the particle enters: y counts to the nearest plate.

    i counts groups of plates along the normal of the plates from the one that a particle at y = 0
    enters, j groups of steps in theta from beam to beam.
    """

    def __init__(self, detector: DetectorSpec) -> None:
        super().__init__(detector)
        cells = detector.readout.cells if detector.readout else None
        if not isinstance(cells, ThetaModuleCells):
            raise TypeError("these are no cells of plates and theta")
        self._cells = cells
        self._radius = detector.inner_radius_mm
        inclination = np.deg2rad(detector.staves.inclination_deg)
        self._normal = np.array([np.cos(inclination), np.sin(inclination)])
        # A plate leans away from the radius by 90 degrees less the inclination of its normal.
        along = np.cumsum([0.0, *cells.electrode_mm])
        radii = np.sqrt(self._radius**2 + along**2 + 2 * self._radius * along * np.sin(inclination))
        self.radial_edges_mm: Floats = radii - self._radius
        self._merged_theta = np.array(cells.merged_theta)
        self._merged_plates = np.array(cells.merged_plates)

    @property
    def layers(self) -> int:
        """Number of layers."""
        return len(self._cells.electrode_mm)

    @property
    def pitch_mm(self) -> tuple[float, float]:
        """Size of a usual cell at the face: across the beam and along it, mm."""
        plates = int(np.median(self._merged_plates))
        steps = int(np.median(self._merged_theta))
        return plates * self._plate_mm, steps * self._cells.theta_grid * self._radius

    @property
    def _period_mm(self) -> float:
        return float(self.periods.widths_mm[0])

    def placeable(self, entrance: Floats) -> Floats:
        """The same points with y on the beginning of the nearest plate, mm, (..., 2)."""
        moved = np.array(entrance, dtype=np.float64)
        moved[..., 0] = cell_number(moved[..., 0] / self._plate_mm + 0.5) * self._plate_mm
        return moved

    @property
    def _plate_mm(self) -> float:
        """Distance of two plates along the circle of the inner radius, mm."""
        return float(2 * np.pi * self._radius / self._cells.plates)

    def cells(self, points: Floats, entrance: Floats) -> Cells:
        """The cell of each point; see :meth:`Readout.cells`."""
        radius, _ = self._polar(points)
        layer = bin_index(radius - self._radius, self.radial_edges_mm) - 1
        inside = (layer >= 0) & (layer < self.layers)
        layer = np.where(inside, layer, 0)
        period = self.periods.at(points[:, 0])
        plate = period - cell_number(entrance[:, 0] / self._plate_mm + 0.5)
        z = points[:, 2] + entrance[:, 1]
        theta = np.arctan2(radius, z)
        step = cell_number((theta - self._cells.theta_offset) / self._cells.theta_grid + 0.5)
        inside &= (period >= 0) & (period < len(self.periods))
        inside &= np.abs(z) <= self.half_length_mm
        j = step // self._merged_theta[layer]
        return Cells(layer, plate // self._merged_plates[layer], j, inside)

    def locate(self, theta: Floats, phi: Floats) -> Located:
        """Entrance points of particles; see :meth:`Readout.locate`. They are turned to the nearest module."""
        group = math.lcm(*self._cells.merged_plates)
        width = 2 * np.pi * group / self._cells.plates
        module = cell_number(phi / width + 0.5)
        entrance = np.stack([np.zeros_like(theta), self._radius / np.tan(theta)], axis=1)
        return Located(entrance, module * group, np.asarray(module * width, dtype=np.float64))

    def to_global(self, positions: Floats, turn: Floats) -> Floats:
        """Positions in the whole detector; see :meth:`Readout.to_global`."""
        cosine, sine = self._normal
        x, y, z = positions.T
        radial = self._radius + x * cosine + y * sine
        return turned(np.stack([radial, y * cosine - x * sine, z], axis=1), turn)

    def numbered(self, stave: Integers, layer: Integers, i: Integers) -> tuple[Integers, Integers]:
        """One stave, and modules counted around the whole barrel, against the azimuth."""
        merged = self._merged_plates[layer]
        return np.zeros_like(stave), (i - stave // merged) % (self._cells.plates // merged)

    def positions(self, layer: Integers, i: Integers, j: Integers) -> Floats:
        """Centres of cells; see :meth:`Readout.positions`."""
        merged = self._merged_plates[layer]
        depth = (i * merged + (merged - 1) / 2) * self._period_mm + self.periods.sheets_mm[0]
        radius = self._radii(layer)
        x = self._radius * self._normal[0] + depth
        y = np.sqrt(radius**2 - x**2) - self._radius * self._normal[1]
        return np.stack([depth, y, radius / np.tan(self._theta(layer, j))], axis=1)

    def plane(self, layer: Integers, i: Integers, j: Integers) -> Floats:
        """Centres of cells in the plane of their layer; see :meth:`Readout.plane`."""
        position = self.positions(layer, i, j)
        radius, azimuth = self._polar(position)
        return np.stack([radius * azimuth, position[:, 2]], axis=1)

    def seen(self, events: ReadoutEvents) -> Floats:
        """Positions of the cells as seen on the face; see :meth:`Readout.seen`."""
        # The photons fly along the radius where they enter, so that y is their distance to its side.
        position = self.positions(events.layer, events.i, events.j)
        radius, azimuth = self._polar(position)
        slope = 1 / np.tan(events.truth.theta)
        depth = radius * np.cos(azimuth) - self._radius
        z = position[:, 2] - depth * slope[events.event]
        return np.stack([radius * np.sin(azimuth), z], axis=1)

    def _polar(self, points: Floats) -> tuple[Floats, Floats]:
        """Radius around the beam, mm, and azimuth from that of the entrance, rad, (S,) each."""
        cosine, sine = self._normal
        radial = self._radius + points[:, 0] * cosine + points[:, 1] * sine
        across = points[:, 1] * cosine - points[:, 0] * sine
        return np.hypot(radial, across), np.arctan2(across, radial)

    def _radii(self, layer: Integers) -> Floats:
        middles = (self.radial_edges_mm[1:] + self.radial_edges_mm[:-1]) / 2
        return np.asarray(self._radius + middles[layer])

    def _theta(self, layer: Integers, j: Integers) -> Floats:
        merged = self._merged_theta[layer]
        return self._cells.theta_offset + self._cells.theta_grid * (merged * j + (merged - 1) / 2)
