"""Showers that were made from the same random numbers as others, at other energies and angles.

Sessions of one process, threads of one job or jobs of one seed that draw the same numbers do not repeat
showers cell by cell where their conditions differ, but their deviations from what is usual there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.conditional.yardstick import Sample
from calobench.stats.lags import Lag, repeated_lag

__all__ = ["same_noise"]

Array = NDArray[np.float64]


def same_noise(sample: Sample) -> Lag | None:
    """The distance in the order of a sample at which its showers share their noise; None where none do.

    What depends on energy and angle is taken out first, to second order: a model that is wrong at some
    energies is not one that repeats itself where the conditions come again.

    Args:
        sample: in the order in which it was made.
    """
    alive = sample.residuals[~sample.empty]
    if len(alive) < 2:
        return None
    design = _second_order(sample.covariates[~sample.empty])
    if len(alive) <= 2 * design.shape[1]:
        return None
    columns = alive[:, np.isfinite(alive).all(axis=0)]
    return repeated_lag(columns - design @ np.linalg.lstsq(design, columns, rcond=None)[0])


def _second_order(covariates: Array) -> Array:
    n, k = covariates.shape
    pairs = [covariates[:, a] * covariates[:, b] for a in range(k) for b in range(a, k)]
    return np.column_stack([np.ones(n), covariates, *pairs])
