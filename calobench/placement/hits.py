"""Energy deposits at points in space, from showers on the mesh."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
from calobench.frame import direction, mesh_axes
from calobench.showers import Mesh, Showers

__all__ = ["Hits", "cell_centres", "global_hits"]


class Hits(NamedTuple):
    """Energy deposits at points.

    Attributes:
        shower: index of the shower that each hit belongs to, ascending, (H,).
        position: mm, (H, 3).
        energy: MeV, (H,).
    """

    shower: NDArray[np.intp]
    position: NDArray[np.float64]
    energy: NDArray[np.float64]


def cell_centres(mesh: Mesh) -> NDArray[np.float64]:
    """Centres of all cells in the mesh frame, mm, (R, PHI, Z, 3)."""
    r, phi, z = np.meshgrid(mesh.r_centres, mesh.phi_centres, mesh.z_centres, indexing="ij")
    return np.stack([r * np.cos(phi), r * np.sin(phi), z], axis=-1)


def global_hits(showers: Showers, detector: DetectorSpec) -> Hits:
    """Put every filled cell at its centre, in the frame of the whole detector.

    The beam is the z axis; a particle comes from the origin and enters where its direction meets the
    cylinder of the detector's inner radius.

    Args:
        showers: N showers on the detector's mesh.
        detector: gives mesh and inner radius.
    """
    conditions = showers.conditions
    shower, *cell = np.nonzero(showers.energy)
    axes = mesh_axes(conditions.theta, conditions.phi)
    along = direction(conditions.theta, conditions.phi)
    entrance = along * (detector.inner_radius_mm / np.sin(conditions.theta))[:, None]
    local = cell_centres(detector.mesh_geometry)[tuple(cell)]
    position = entrance[shower] + np.einsum("hi,hij->hj", local, axes[shower])
    return Hits(shower, position, showers.energy[(shower, *cell)].astype(np.float64))
