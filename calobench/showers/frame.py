"""The mesh frame of a shower: z' along the particle, y' horizontal, x' = y' x z'."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["direction", "mesh_axes"]


def direction(theta: ArrayLike, azimuth: ArrayLike) -> NDArray[np.float64]:
    """Unit vectors (..., 3) of polar angles ``theta`` and azimuths, rad, both of shape (...)."""
    theta, azimuth = np.broadcast_arrays(
        np.asarray(theta, dtype=np.float64), np.asarray(azimuth, dtype=np.float64)
    )
    return np.stack(
        [np.sin(theta) * np.cos(azimuth), np.sin(theta) * np.sin(azimuth), np.cos(theta)], axis=-1
    )


def mesh_axes(theta: ArrayLike, azimuth: ArrayLike) -> NDArray[np.float64]:
    """The axes x', y', z' of the mesh as rows, (..., 3, 3).

    Args:
        theta: polar angle of the particle, rad, (...).
        azimuth: its azimuth in the frame that the axes are given in, rad, (...).
    """
    along = direction(theta, azimuth)
    azimuth = np.broadcast_to(azimuth, along.shape[:-1])
    sideways = np.stack([-np.sin(azimuth), np.cos(azimuth), np.zeros_like(azimuth)], axis=-1)
    return np.stack([np.cross(sideways, along), sideways, along], axis=-2)
