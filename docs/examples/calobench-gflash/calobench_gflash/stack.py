"""The stack of layers as a shower sees it: angles, depths, and the active layers that collect its energy.

In the frame of the mesh z lies along the particle; the normal n of the layers is then
(cos theta cos a, -sin a, sin theta cos a), with a the azimuth of the particle relative to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.showers import Conditions

__all__ = ["Stack"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Section:
    """Equal periods: the first and last depth of all, and of each active layer in a period, mm, (L, 2)."""

    begins_mm: float
    ends_mm: float
    period_mm: float
    active: Array


@dataclass(frozen=True)
class Stack:
    """Flat layers that begin where the particle enters.

    Attributes:
        sections: one behind the other.
        mesh_depth_mm: depth of the mesh along the particle.
    """

    sections: tuple[_Section, ...]
    mesh_depth_mm: float

    @classmethod
    def of(cls, detector: DetectorSpec) -> Stack:
        """The stack of a detector."""
        face, sections = 0.0, []
        for section in detector.sections:
            ends = np.cumsum([layer.thickness_mm for layer in section.layers])
            active = [
                (end - layer.thickness_mm, end)
                for end, layer in zip(ends, section.layers, strict=True)
                if layer.active
            ]
            last = face + section.periods * float(ends[-1])
            sections.append(_Section(face, last, float(ends[-1]), np.array(active)))
            face = last
        mesh = detector.mesh_geometry
        return cls(tuple(sections), mesh.n_z * mesh.dz_mm)

    @property
    def depth_mm(self) -> float:
        """Thickness of all layers, mm."""
        return self.sections[-1].ends_mm

    def length_mm(self, normal: Array) -> Array:
        """Depth to which the mesh is filled along its axis, mm, (N,), with normals (N, 3)."""
        return np.minimum(self.depth_mm / normal[:, 2], self.mesh_depth_mm)

    def collected(
        self, position: Array, normal: Array, u: Array
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Depth z at which an active layer collects a deposit, mm, (S,), and whether there is a layer.

        A deposit moves along the particle, to a random place in the active layers of the period in which it
        is.

        Args:
            position: of the deposits in the frame of the mesh, mm, (3, S).
            normal: of the layers, (3, S).
            u: random numbers in [0, 1), (S,).
        """
        depth = np.einsum("cs,cs->s", position, normal)
        moved = depth.copy()
        for section in self.sections:
            here = (depth >= section.begins_mm) & (depth < section.ends_mm)
            period = np.floor((depth[here] - section.begins_mm) / section.period_mm)
            widths = section.active[:, 1] - section.active[:, 0]
            before = np.concatenate([[0.0], np.cumsum(widths)])
            at = u[here] * before[-1]
            layer = np.searchsorted(before, at, side="right") - 1
            within = section.active[layer, 0] + at - before[layer]
            moved[here] = section.begins_mm + period * section.period_mm + within
        inside = (depth >= 0) & (depth < self.depth_mm)
        return position[2] + (moved - depth) / normal[2], inside


def normals(detector: DetectorSpec, conditions: Conditions) -> Array:
    """Normals of the layers in the frame of the mesh, (N, 3)."""
    azimuth = detector.staves.azimuth(conditions.phi)
    theta = conditions.theta
    return np.stack(
        [np.cos(theta) * np.cos(azimuth), -np.sin(azimuth), np.sin(theta) * np.cos(azimuth)], axis=1
    )
