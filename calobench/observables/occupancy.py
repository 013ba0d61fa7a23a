"""How many cells a shower reaches."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from calobench.observables.base import Observable, Projections

__all__ = ["OBSERVABLES"]

Array = NDArray[np.float64]

THRESHOLDS_MEV = {"20kev": 0.02, "100kev": 0.1, "1mev": 1.0}


def _cells_above(threshold_mev: float, showers: Projections) -> Array:
    above: Array = (showers.showers.energy > threshold_mev).sum(axis=(1, 2, 3), dtype=np.float64)
    return above


def _empty_fraction(showers: Projections) -> Array:
    return 1 - _cells_above(0, showers) / np.prod(showers.mesh.shape)


def _occupancy(suffix: str, threshold_mev: float) -> Observable:
    return Observable(
        name=f"cells_above_{suffix}",
        label=f"cells above {threshold_mev:g} MeV",
        unit="",
        family="occupancy",
        description=f"Number of cells with more than {threshold_mev:g} MeV.",
        compute=partial(_cells_above, threshold_mev),
    )


OBSERVABLES = (
    *(_occupancy(suffix, threshold) for suffix, threshold in THRESHOLDS_MEV.items()),
    Observable(
        name="empty_cells",
        label="empty cells / cells",
        unit="",
        family="occupancy",
        description="Fraction of the mesh's cells without any energy.",
        compute=_empty_fraction,
    ),
)
