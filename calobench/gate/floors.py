"""Parts of an effect floor that a policy may replace."""

from __future__ import annotations

from pydantic import Field

from calobench._util.settings import Settings
from calobench.gate.kinds import Floor

__all__ = ["FloorParts"]


class FloorParts(Settings):
    """Replacement of a part of a floor, or of both; None leaves a part as it is."""

    absolute: float | None = Field(default=None, ge=0)
    relative: float | None = Field(default=None, ge=0)

    def replaced(self, floor: Floor) -> Floor:
        """The floor with these parts."""
        return floor._replace(**self.model_dump(include=set(Floor._fields), exclude_none=True))
