"""Known blind spots: data, so that a page states them beside what it does see."""

from __future__ import annotations

import tomllib
from functools import cache

from pydantic import Field

from calobench._util.resources import data_specs_dir
from calobench._util.settings import Settings
from calobench.results.schema import Results

__all__ = ["BlindSpot", "all_blind_spots", "blind_spots"]


class BlindSpot(Settings):
    """A defect that the gate detects rarely, or never.

    Attributes:
        what: the defect.
        found: number of trials in which the gate saw it; None where that was not measured.
        trials: of how many.
        n: showers of either sample in them.
        benchmark: only where this benchmark was measured.
        detector: only on this detector.
        source: where the measurement is described.
    """

    what: str = Field(min_length=1)
    found: int | None = Field(default=None, ge=0)
    trials: int | None = Field(default=None, gt=0)
    n: int | None = Field(default=None, gt=0)
    benchmark: str | None = None
    detector: str | None = None
    source: str

    @property
    def words(self) -> str:
        """The defect, and how often it is detected."""
        if self.found is None or self.trials is None:
            return self.what
        return f"{self.what} (found in {self.found} of {self.trials} trials of {self.n:,} showers)"


class _File(Settings):
    blind_spot: tuple[BlindSpot, ...]


@cache
def all_blind_spots() -> tuple[BlindSpot, ...]:
    """All that are known."""
    text = (data_specs_dir() / "blind_spots.toml").read_text(encoding="utf-8")
    return _File.model_validate(tomllib.loads(text)).blind_spot


def blind_spots(results: Results) -> tuple[BlindSpot, ...]:
    """Those that a reader of these results should know.

    Args:
        results: of a run.
    """
    return tuple(
        one
        for one in all_blind_spots()
        if (one.benchmark is None or one.benchmark in results.benchmarks)
        and (one.detector is None or one.detector == results.detector.name)
    )
