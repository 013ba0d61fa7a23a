"""Rotation and rounding of a simulated shower before it is kept: pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec

__all__ = ["round_mantissa", "stack_azimuth"]

MANTISSA_BITS = 13


def stack_azimuth(detector: DetectorSpec, phi: float) -> float:
    """Azimuth of a particle relative to the normal of the layers that it meets, rad.

    Args:
        detector: its staves say how the layers are turned.
        phi: azimuth of the particle, rad.

    Returns:
        A constant for inclined plates, ``phi`` folded into one stave for a polygon, else 0.
    """
    return float(detector.staves.azimuth(phi))


def round_mantissa(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to 13 bits of mantissa (relative error 6e-5), so that files compress well."""
    dropped = 23 - MANTISSA_BITS
    half = np.uint32(1 << (dropped - 1))
    bits = (values.view(np.uint32) + half) & np.uint32(0xFFFFFFFF << dropped & 0xFFFFFFFF)
    return bits.view(np.float32)
