"""Position of a run among the published submissions, as far as errors let that be said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from calobench.benchmarks.calochallenge.published import PublishedModel, PublishedTable
from calobench.benchmarks.calochallenge.record import CaloChallengeResults

__all__ = [
    "AREAS",
    "GEANT4",
    "Measure",
    "Position",
    "own_measures",
    "positions",
    "published_measures",
]

GEANT4 = "GEANT4"
"""Name of the reference against itself in the published tables."""

AREAS = ("AUC low", "AUC high", "AUC cnn")
"""Of the three classifiers, where they were measured."""

# Two values are told apart where they are so many errors apart.
_ERRORS = 2.0


class Measure(NamedTuple):
    """One number with its error; the smaller, the better.

    Attributes:
        value: distances and separations times 1000.
        error: as quoted: of FPD and KPD by the fit, of an area the spread of trainings; None for none.
    """

    value: float
    error: float | None


class Position(NamedTuple):
    """The places among all submissions and this run that errors allow.

    Attributes:
        metric: its name, as of :func:`own_measures`.
        own: of this run.
        best: the highest place, 1 for the best of all.
        worst: the lowest.
        of: submissions that have the metric, and this run.
    """

    metric: str
    own: Measure
    best: int
    worst: int
    of: int

    @property
    def words(self) -> str:
        """``2nd of 18``, ``2nd to 4th of 18``."""
        places = _ordinal(self.best)
        if self.worst > self.best:
            places += f" to {_ordinal(self.worst)}"
        return f"{places} of {self.of}"


def own_measures(results: CaloChallengeResults) -> dict[str, Measure]:
    """The quantities of the published tables, of this run: FPD, KPD, areas, separations."""
    measures: dict[str, Measure] = {
        d.name: Measure(1e3 * d.value, 1e3 * d.error) for d in results.distances
    }
    for score in results.classifiers:
        measures[f"AUC {score.name}"] = Measure(score.auc.value, score.auc.spread)
    for row in results.rows:
        if row.as_published is not None:
            power = row.as_published
            measures[row.name] = Measure(1e3 * power.value, 1e3 * power.error)
    return measures


def published_measures(model: PublishedModel) -> dict[str, Measure]:
    """The same of a submission; separations are published without errors."""
    pairs = {
        "FPD": model.fpd,
        "KPD": model.kpd,
        "AUC low": model.auc_low,
        "AUC high": model.auc_high,
        "AUC cnn": model.auc_cnn,
    }
    return {
        **{name: Measure(*pair) for name, pair in pairs.items() if pair is not None},
        **{name: Measure(value, None) for name, value in model.separation.items()},
    }


def positions(results: CaloChallengeResults, table: PublishedTable) -> Iterator[Position]:
    """The run's place in every metric that it and the table have.

    A separation power grows as the samples shrink, for a perfect model too. What Geant4 gives against
    itself is therefore taken off first, of the run and of the submissions at their own numbers of
    showers.

    Args:
        results: of the run.
        table: published for the same data set.
    """
    published = {one.name: published_measures(one) for one in table.models}
    geant4 = published.pop(GEANT4, {})
    floors = {
        row.name: 1e3 * row.as_published.null_mean
        for row in results.rows
        if row.as_published is not None
    }
    for metric, own in own_measures(results).items():
        others = [one[metric] for one in published.values() if metric in one]
        if not others:
            continue
        excess = own
        if metric in floors and metric in geant4:
            excess = _less(own, floors[metric])
            others = [_less(one, geant4[metric].value) for one in others]
        better = sum(_apart(excess, one) > _ERRORS for one in others)
        worse = sum(_apart(excess, one) < -_ERRORS for one in others)
        yield Position(metric, own, 1 + better, 1 + len(others) - worse, 1 + len(others))


def _less(measure: Measure, floor: float) -> Measure:
    return measure._replace(value=measure.value - floor)


def _apart(own: Measure, other: Measure) -> float:
    """By how many errors the other is better."""
    error = float(np.hypot(own.error or 0.0, other.error or 0.0))
    difference = own.value - other.value
    if error == 0:
        return float(np.sign(difference)) * np.inf if difference else 0.0
    return difference / error


def _ordinal(n: int) -> str:
    if n % 100 in (11, 12, 13):
        return f"{n}th"
    return str(n) + {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
