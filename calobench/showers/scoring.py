"""From deposits to cells of the shower's mesh: pure numpy.

Two frames are used. The *stack* frame has x along the depth (the normal of the layers), z along
the beam, and its origin where the particle enters. The *mesh* frame has z' along the particle,
y' = (-sin phi_l, cos phi_l, 0) and x' = y' x z', with phi_l the particle's azimuth relative to x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import cell_number
from calobench.showers.frame import mesh_axes
from calobench.showers.types import Mesh

__all__ = ["ON_AXIS_MM", "score"]

ON_AXIS_MM = 1e-6
"""Points closer than this to a plane through the axis lie in it."""


def score(
    positions: NDArray[np.float64],
    deposits: NDArray[np.float64],
    theta: float,
    azimuth: float,
    mesh: Mesh,
) -> NDArray[np.float32]:
    """Sum deposits into the cells of the mesh; what lies outside the mesh is left out.

    A cell owns its lower edges: the face belongs to the first layer, the direction of x' to the sector
    above it, and so does the axis.

    Args:
        positions: where the deposits are, stack frame, mm, (S, 3).
        deposits: energies, MeV, (S,).
        theta: polar angle of the mesh's axis, rad.
        azimuth: azimuth of the mesh's axis relative to x, rad.
        mesh: the cells.

    Returns:
        Cell energies, MeV, (R, PHI, Z).
    """
    x, y, z = mesh_axes(theta, azimuth) @ positions.T
    # On the axis the azimuth would be one of rounding.
    x, y = (np.where(np.abs(across) < ON_AXIS_MM, 0.0, across) for across in (x, y))
    ring = cell_number(np.hypot(x, y) / mesh.dr_mm)
    sector = cell_number((np.arctan2(y, x) + np.pi) / (2 * np.pi / mesh.n_phi))
    layer = cell_number(z / mesh.dz_mm)
    inside = (ring < mesh.n_r) & (layer >= 0) & (layer < mesh.n_z)
    cell = np.ravel_multi_index(
        (ring[inside], sector[inside] % mesh.n_phi, layer[inside]), mesh.shape
    )
    energy = np.bincount(cell, weights=deposits[inside], minlength=int(np.prod(mesh.shape)))
    return energy.reshape(mesh.shape).astype(np.float32)
