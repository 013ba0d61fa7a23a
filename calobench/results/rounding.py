"""Numbers as results keep them: as many digits as they deserve, None where undefined."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import to_digits

__all__ = ["rounded", "rounded_image"]

DIGITS = 6

IMAGE_DIGITS = 4
"""More than a picture shows."""


def rounded(values: NDArray[np.float64], digits: int = DIGITS) -> tuple[float | None, ...]:
    """Values with so many significant digits, None for NaN and infinity, (K,)."""
    return tuple(
        to_digits(value, digits) if math.isfinite(value) else None for value in values.tolist()
    )


def rounded_image(image: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """The rows of a finite image, with four significant digits."""
    return tuple(tuple(to_digits(value, IMAGE_DIGITS) for value in row) for row in image.tolist())
