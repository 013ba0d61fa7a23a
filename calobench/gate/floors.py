"""Which changes are too small to matter: the effect floors, by kind of metric."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field

from calobench._util.settings import Settings
from calobench.results.quality import Kind

__all__ = ["FLOORS", "Floor", "FloorKind", "FloorParts"]

FloorKind = Literal[Kind, "timing"]


class Floor(NamedTuple):
    """A change is large enough when it exceeds both parts.

    Attributes:
        absolute: in the metric's own unit.
        relative: of the distance to Geant4 that the baseline had.
    """

    absolute: float
    relative: float


# In widths of Geant4 at fixed energy and angle (bias, slope), in parts of the width, in Cohen's w for
# a histogram (0.1 is called small: Cohen, Statistical Power Analysis, 1988, chapter 7), in arctanh of a
# correlation, in parts of all showers, and in milliseconds a shower. Of two photons: a twentieth of the
# cells of 5 mm, in mm; one pair in a hundred, and so two photons in a hundred pairs; 1 % of the energy;
# a resolution as a width; one photon in a hundred.
FLOORS: dict[FloorKind, Floor] = {
    "bias": Floor(absolute=0.1, relative=0.1),
    "width": Floor(absolute=0.05, relative=0.1),
    "shape": Floor(absolute=0.1, relative=0.1),
    "slope": Floor(absolute=0.1, relative=0.1),
    "local": Floor(absolute=0.3, relative=0.1),
    "correlation": Floor(absolute=0.1, relative=0.1),
    "rare": Floor(absolute=0.005, relative=0.1),
    "sample": Floor(absolute=0.005, relative=0.1),
    "timing": Floor(absolute=0.05, relative=0.1),
    "separation": Floor(absolute=0.25, relative=0.1),
    "efficiency": Floor(absolute=0.01, relative=0.1),
    "multiplicity": Floor(absolute=0.02, relative=0.1),
    "photon_energy": Floor(absolute=0.01, relative=0.1),
    "photon_resolution": Floor(absolute=0.05, relative=0.1),
    "fake": Floor(absolute=0.01, relative=0.1),
}


class FloorParts(Settings):
    """What replaces a part of a floor, or both; None leaves a part as it is."""

    absolute: float | None = Field(default=None, ge=0)
    relative: float | None = Field(default=None, ge=0)

    def replaced(self, floor: Floor) -> Floor:
        """The floor with these parts."""
        return floor._replace(**self.model_dump(include=set(Floor._fields), exclude_none=True))
