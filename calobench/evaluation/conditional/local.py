"""Means in regions of energy and angle, relative to all: faults that a mean over all dilutes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.conditional.limits import limited
from calobench.stats.estimates import Estimates, means

__all__ = ["MIN_SHOWERS", "local_means"]

Array = NDArray[np.float64]

MIN_SHOWERS = 15
"""A region with fewer showers has no mean with an error."""


def local_means(residuals: Array, region: NDArray[np.intp], regions: int) -> list[Estimates | None]:
    """Mean of each column in each region minus the mean over all showers, with its error.

    A shift that is everywhere is in none of them; it is the mean's.

    Args:
        residuals: NaN where undefined, (N, K).
        region: of each shower, (N,).
        regions: how many there are.

    Returns:
        (K,) each; None for a region that has, or leaves, fewer than ``MIN_SHOWERS`` showers.
    """
    found: list[Estimates | None] = []
    for number in range(regions):
        inside = region == number
        if min(inside.sum(), (~inside).sum()) < MIN_SHOWERS:
            found.append(None)
            continue
        here, elsewhere = means(limited(residuals[inside])), means(limited(residuals[~inside]))
        # m_here - m_all = (1 - f) (m_here - m_elsewhere): two independent samples.
        rest = 1 - inside.mean()
        found.append(
            Estimates(
                rest * (here.value - elsewhere.value), rest * np.hypot(here.error, elsewhere.error)
            )
        )
    return found
