"""Delete-a-group jackknife: bias and error of a statistic without drawing any shower twice.

Resampling with replacement repeats showers. A Frechet distance, a nearest neighbour or an unbiased
kernel estimate sees that a shower is there twice, so that their bootstrap replicas lie above the value
that they should scatter about. Leaving groups out in turn does not (Shao and Tu, *The Jackknife
and Bootstrap*, 1995, chapter 2).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

__all__ = ["GROUPS", "Jackknife", "jackknife"]

GROUPS = 20


class Jackknife(NamedTuple):
    """Estimates of a statistic from leaving groups out in turn.

    Attributes:
        bias: of the statistic, to first order in 1/N.
        error: its standard deviation.
        half_width: of its 68 % interval, from Student's t with as many degrees of freedom as
            there are groups less one.
    """

    bias: float
    error: float
    half_width: float


def jackknife(value: float, without: NDArray[np.float64]) -> Jackknife:
    """Bias and error.

    Args:
        value: the statistic of all showers.
        without: the statistic with each group left out, (G,), G >= 2.
    """
    groups = len(without)
    mean = float(without.mean())
    error = float(np.sqrt((groups - 1) / groups * np.sum((without - mean) ** 2)))
    return Jackknife(
        bias=(groups - 1) * (mean - value),
        error=error,
        half_width=float(t.ppf(0.84, groups - 1)) * error,
    )
