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
    everywhere = limited(residuals)
    total, squares = everywhere.sum(axis=0), (everywhere**2).sum(axis=0)
    estimates: list[Estimates | None] = []
    for number in range(regions):
        inside = region == number
        n = int(inside.sum())
        rest = len(residuals) - n
        if min(n, rest) < MIN_SHOWERS:
            estimates.append(None)
            continue
        here = means(limited(residuals[inside]))
        elsewhere = (total - everywhere[inside].sum(axis=0)) / rest
        square = (squares - (everywhere[inside] ** 2).sum(axis=0)) / rest
        error = np.sqrt(np.maximum(square - elsewhere**2, 0) / (rest - 1))
        # m_here - m_all = (1 - f) (m_here - m_elsewhere): two independent samples.
        outside = rest / len(residuals)
        estimates.append(
            Estimates(outside * (here.value - elsewhere), outside * np.hypot(here.error, error))
        )
    return estimates
