"""The schema of a data set's YAML: a record of Zenodo and the files of it that are showers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from calobench._util.settings import Settings

__all__ = ["DataFile", "DataSet", "Subset"]

_Checksum = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_PART = "{part}"


class DataFile(Settings):
    """One file of a record.

    Attributes:
        name: in the record, and on disk.
        md5: as the record publishes it; None where it is taken from the record at the time of fetching.
        size: bytes; None where it is not known before.
    """

    name: str
    md5: str | None = None
    size: int | None = None


class Subset(Settings):
    """Files that are one sample, in numbered parts, or members of one archive."""

    name: str = Field(description="behind the colon; empty for a data set of one sample")
    file: str = Field(description="name of the file, with {part} for the number of the part")
    parts: int = Field(default=1, ge=1, le=1000)
    members: str | None = Field(default=None, description="pattern of the files in a ZIP archive")
    md5: tuple[_Checksum, ...] = Field(default=(), description="of each part, where it is known")
    size: tuple[int, ...] = Field(
        default=(), description="of each part in bytes, where it is known"
    )

    @model_validator(mode="after")
    def _one_for_each_part(self) -> Self:
        for values in (self.md5, self.size):
            if values and len(values) != self.parts:
                raise ValueError(f"needs {self.parts} checksums and sizes, one for each part")
        if (self.parts > 1) != (_PART in self.file):
            raise ValueError("'file' needs {part} where there are several parts, and only there")
        return self

    def data_file(self, part: int) -> DataFile:
        """One part, counted from 1."""
        return DataFile(
            name=self.file.replace(_PART, str(part)),
            md5=self.md5[part - 1] if self.md5 else None,
            size=self.size[part - 1] if self.size else None,
        )


class DataSet(Settings):
    """A public data set."""

    name: str
    title: str
    doi: str
    record: int = Field(description="of Zenodo")
    licence: str | None = Field(description="SPDX identifier; null where it was not verified")
    paper: str
    subsets: tuple[Subset, ...] = Field(min_length=1)
    sources: dict[str, str] = Field(description="where each fact comes from")
