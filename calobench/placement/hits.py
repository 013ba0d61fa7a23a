"""Energy deposits at points in space, from showers on the mesh."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec
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
    face of the calorimeter.

    Args:
        showers: N showers on the detector's mesh.
        detector: gives mesh, inner radius and staves.
    """
    conditions = showers.conditions
    radius = detector.entrance_radius_mm(conditions.phi)
    frames = _frames(conditions.theta, conditions.phi, radius)
    centres = _centre_list(detector.mesh_geometry)
    n, size = len(showers), len(centres)
    cells = np.ascontiguousarray(showers.energy).reshape(-1)
    filled = np.flatnonzero(cells != 0)
    bounds = np.searchsorted(filled, np.arange(n + 1) * size)
    position = np.empty((len(filled), 3))
    # One shower after the other: each has a frame of its own, and its hits stay in the cache.
    for k, (first, last) in enumerate(itertools.pairwise(bounds)):
        local = centres.take(filled[first:last] - k * size, axis=0)
        np.matmul(local, frames[k], out=position[first:last])
    shower = np.repeat(np.arange(n), np.diff(bounds))
    return Hits(shower, position, cells.take(filled).astype(np.float64))


def _frames(
    theta: NDArray[np.float64], phi: NDArray[np.float64], radius_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Axes x', y', z' (:func:`calobench.showers.frame.mesh_axes`) and entrance points as rows, (N, 4, 3)."""
    sin_theta, cos_theta, sin_phi, cos_phi = np.sin(theta), np.cos(theta), np.sin(phi), np.cos(phi)
    along = np.array([sin_theta * cos_phi, sin_theta * sin_phi, cos_theta])
    # y' x z' written out: a general cross product takes longer than all the rest.
    upwards = np.array([cos_theta * cos_phi, cos_theta * sin_phi, -sin_theta])
    sideways = np.array([-sin_phi, cos_phi, np.zeros_like(phi)])
    frames = np.array([upwards, sideways, along, along * (radius_mm / sin_theta)])
    return np.ascontiguousarray(frames.transpose(2, 0, 1))


@lru_cache(maxsize=16)
def _centre_list(mesh: Mesh) -> NDArray[np.float64]:
    """All :func:`cell_centres` in the order of the cells, and a 1 for the entrance, (cells, 4)."""
    centres = cell_centres(mesh).reshape(-1, 3)
    extended = np.concatenate([centres, np.ones((len(centres), 1))], axis=1)
    extended.flags.writeable = False
    return extended
