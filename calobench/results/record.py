"""What every record of ``results.json`` has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Count", "Floats", "Record"]

Floats = tuple[float, ...]
Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """A frozen record: no unknown keys, and every number finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
