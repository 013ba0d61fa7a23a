"""Base of every record of ``results.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Count", "Floats", "Record"]

Floats = tuple[float, ...]
Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """A frozen record: no unknown keys, every number finite, and fields that belong together equally long."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def _lengths(self) -> Mapping[str, int]:
        """Fields that have an entry per bin, or per name, with the number of entries beyond these."""
        return {}

    @model_validator(mode="after")
    def _has_equal_lengths(self) -> Self:
        lengths = {name: len(getattr(self, name)) - more for name, more in self._lengths().items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{len(getattr(self, name))} '{name}'" for name in lengths)
            raise ValueError(f"numbers of entries that do not belong together: {said}")
        return self
