"""Mean and standard deviation of a sample with their errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Moments", "moments"]

Array = NDArray[np.float64]


class Moments(NamedTuple):
    """In the unit of the values."""

    mean: float
    mean_error: float
    std: float
    std_error: float


def moments(values: Array) -> Moments:
    """Mean and standard deviation s (with n - 1) of the values that are defined.

    The error of s is sqrt((m4 - s^4 (n - 3) / (n - 1)) / n) / (2 s) with the fourth central
    moment m4 (Rao, *Linear Statistical Inference*, 1973, section 6h), which does not suppose a
    Gaussian.

    Args:
        values: NaN where undefined, (N,).

    Returns:
        All 0 without a defined value; s and the errors 0 with a single one.
    """
    values = values[~np.isnan(values)]
    n = len(values)
    if n < 2:
        return Moments(float(values.sum()), 0.0, 0.0, 0.0)
    mean, std = float(values.mean()), float(values.std(ddof=1))
    if std == 0:
        return Moments(mean, 0.0, 0.0, 0.0)
    m4 = float(((values - mean) ** 4).mean())
    # Two values have no spread of their spread: rounding may leave a negative number.
    variance_of_square = max(m4 - std**4 * (n - 3) / (n - 1), 0.0) / n
    return Moments(mean, std / n**0.5, std, variance_of_square**0.5 / (2 * std))
