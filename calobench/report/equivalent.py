"""Equivalent Geant4 statistics in words."""

from __future__ import annotations

from calobench.report.text import grouped, number
from calobench.results.multivariate import EquivalentStatistics

__all__ = ["showers_note", "showers_worth"]


def showers_worth(found: EquivalentStatistics) -> str:
    """``about 31 showers``, ``at least 320 showers``."""
    if found.high is None:
        return f"at least {_showers(found.low)}"
    return f"about {_showers(found.showers)}"


def showers_note(found: EquivalentStatistics) -> str:
    """The interval, and what there is to compare it with."""
    sizes = f"{grouped(found.n_model)} of the model against {grouped(found.n_reference)} of Geant4"
    if found.high is None:
        return f"68 % limit; no more can be seen with {sizes}"
    return f"68 % interval {_rounded(found.low)} to {_rounded(found.high)}; from {sizes}"


def _showers(n: float) -> str:
    return f"{_rounded(n)} shower{'' if _rounded(n) == '1' else 's'}"


def _rounded(n: float) -> str:
    return grouped(round(n)) if n >= 10 else number(n, 2)
