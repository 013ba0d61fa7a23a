"""Times that the authors of CaloDiT published for its samplers, from ``data_specs/published``."""

from __future__ import annotations

from functools import cache

from calobench._util.resources import data_specs_dir
from calobench._util.settings import Settings
from calobench._util.yaml_file import read_yaml_as
from calobench.suite.sweep.record import PublishedTime

__all__ = ["PublishedTimes", "published_times"]


class _Row(Settings):
    label: str
    samplers: tuple[str, ...]
    nfe: int
    time_ms: float
    error_ms: float


class PublishedTimes(Settings):
    """A table of times.

    Attributes:
        source: where it comes from, and of what.
        geant4_ms: their Geant4, per shower.
        geant4_error_ms: of it.
        rows: their samplers.
    """

    source: str
    geant4_ms: float
    geant4_error_ms: float
    rows: tuple[_Row, ...]

    def time(self, sampler: str, nfe: int | None) -> PublishedTime | None:
        """The published value for a sampler at a number of evaluations."""
        for row in self.rows:
            if sampler in row.samplers and nfe == row.nfe:
                return PublishedTime(
                    label=row.label,
                    time_ms=row.time_ms,
                    error_ms=row.error_ms,
                    speed_up=self.geant4_ms / row.time_ms,
                )
        return None


@cache
def published_times() -> PublishedTimes:
    """The published table.

    Raises:
        SpecError: its file breaks the schema.
    """
    return read_yaml_as(
        PublishedTimes, data_specs_dir() / "published" / "calodit_times.yaml", "table"
    )
