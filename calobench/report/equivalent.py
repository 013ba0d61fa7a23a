"""Equivalent Geant4 statistics in words."""

from __future__ import annotations

from collections.abc import Mapping

from calobench.report.text import grouped, number
from calobench.results.multivariate import EquivalentStatistics

__all__ = ["showers_note", "showers_worth", "worst_words"]


def showers_worth(record: EquivalentStatistics) -> str:
    """``about 31 showers``, ``at least 320 showers``."""
    if record.high is None:
        return f"at least {_showers(record.low)}"
    return f"about {_showers(record.showers)}"


def showers_note(record: EquivalentStatistics) -> str:
    """The interval, and what there is to compare it with."""
    sizes = (
        f"{grouped(record.n_model)} of the model against {grouped(record.n_reference)} of Geant4"
    )
    if record.high is None:
        return f"68 % limit; no more can be seen with {sizes}"
    return f"68 % interval {_rounded(record.low)} to {_rounded(record.high)}; from {sizes}"


def worst_words(record: EquivalentStatistics, labels: Mapping[str, str]) -> str:
    """The observable that is worth least, beside what that of Geant4 is worth; '' if not known."""
    if record.worst is None:
        return ""
    worst = record.worst
    return (
        f"by {labels.get(worst.name, worst.name)} alone {_showers(worst.showers)} (the worst observable of "
        f"{grouped(record.n_model)} Geant4 showers: at least {_rounded(worst.geant4)})"
    )


def _showers(n: float) -> str:
    return f"{_rounded(n)} shower{'' if _rounded(n) == '1' else 's'}"


def _rounded(n: float) -> str:
    return grouped(round(n)) if n >= 10 else number(n, 2)
