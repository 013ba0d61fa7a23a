"""Does a sample lie as the reference does across the shower axis, or turned by half a turn?

Programs disagree where the first azimuth bin begins: Par04 and LEMURS at -pi, DDML at 0. Showers that
meet the layers at an angle lean to one side; Geant4's lean says which side that is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.observables import FeatureTable
from calobench.showers import Conditions

__all__ = ["Lean", "lean"]

Array = NDArray[np.float64]

_COMPONENTS = ("centre_of_gravity_x", "centre_of_gravity_y")
_SURE = 4.0
"""Standard errors: one sample in 30,000 is called turned by chance."""


class Lean(NamedTuple):
    """The lean of a sample's showers, as a fraction of Geant4's.

    Attributes:
        value: 1: as far, to the same side; -1: to the opposite side; 0: not at all.
        error: its standard error, of the sample's showers; Geant4's lean is taken as it is.
    """

    value: float
    error: float

    @property
    def turned(self) -> bool:
        """Whether the sample is turned by half a turn, surely."""
        return self.value < -_SURE * self.error

    @property
    def agrees(self) -> bool:
        """Whether it is not, surely."""
        return self.value > _SURE * self.error


def lean(reference: FeatureTable, model: FeatureTable, detector: DetectorSpec) -> Lean | None:
    """Regress the centre of gravity of a sample on that which the reference has for the same particles.

    The reference's is linear in cos(theta) and, for a polygon, in the azimuth within a stave (least squares).

    Args:
        reference: table with the two components of the centre of gravity.
        model: likewise.
        detector: its staves fold the azimuth.

    Returns:
        None where a table lacks them, or there are too few showers.
    """
    tables = (reference, model)
    if any(name not in table.scalars for table in tables for name in _COMPONENTS):
        return None
    designs = [_design(table.conditions, detector) for table in tables]
    centres = [np.stack([table.scalars[n] for n in _COMPONENTS], axis=1) for table in tables]
    good = [np.isfinite(centre).all(axis=1) for centre in centres]
    (x, here), (centre, model_centre) = (
        [part[rows] for part, rows in zip(parts, good, strict=True)] for parts in (designs, centres)
    )
    if min(len(x), len(here)) <= 2 * x.shape[1]:
        return None
    expected = here @ np.linalg.lstsq(x, centre, rcond=None)[0]
    scale = float((expected**2).sum())
    if scale <= 0:
        return None
    value = float((model_centre * expected).sum()) / scale
    off = ((model_centre - value * expected) * expected).sum(axis=1)
    return Lean(value, float(np.sqrt((off**2).sum())) / scale)


def _design(conditions: Conditions, detector: DetectorSpec) -> Array:
    columns = [np.ones(len(conditions)), np.cos(conditions.theta)]
    if detector.staves.count:
        columns.append(detector.staves.azimuth(conditions.phi))
    return np.stack(columns, axis=1)
