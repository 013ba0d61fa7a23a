"""Regions of energy and angle in which the model is worst, from the local metrics of a run."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from calobench.results.quality import EstimateMetric
from calobench.results.schema import Results

__all__ = ["Region", "Regions", "worst_regions"]

_PLACE = re.compile(r"e(\d+)t(\d+)")


class Region(NamedTuple):
    """One region.

    Attributes:
        energy: its number, from the lowest energies.
        theta: its number, from the smallest angles.
        words: its limits, e.g. ``E < 23.5 GeV, θ < 1.33``.
        label: of the observable that differs most there.
        pull: its difference to Geant4 in errors, never negative.
        sign: of the difference.
    """

    energy: int
    theta: int
    words: str
    label: str
    pull: float
    sign: int


class Regions(NamedTuple):
    """All regions that were measured."""

    cells: tuple[Region, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of regions in energy and in angle."""
        return 1 + max(c.energy for c in self.cells), 1 + max(c.theta for c in self.cells)


def worst_regions(results: Results) -> Regions | None:
    """The observable that differs most in each region; None where regions were not measured."""
    if results.quality is None:
        return None
    columns = {one.name: one for one in results.quality.columns}
    labels = {one.name: one.label for one in results.observables}
    worst: dict[tuple[int, int], Region] = {}
    for metric in results.quality.metrics:
        if not isinstance(metric, EstimateMetric) or metric.kind != "local" or not metric.columns:
            continue
        name, _, where = metric.columns[0].partition("@")
        place, column = _PLACE.fullmatch(where), columns.get(metric.columns[0])
        error = math.hypot(metric.error, metric.reference_error)
        if place is None or column is None or error <= 0:
            continue
        key, pull = (int(place[1]), int(place[2])), (metric.value - metric.reference) / error
        if key not in worst or abs(pull) > worst[key].pull:
            words = column.label.partition(", ")[2]
            label = labels.get(name, column.label.partition(", ")[0])
            worst[key] = Region(*key, words, label, abs(pull), 1 if pull > 0 else -1)
    return Regions(tuple(worst[key] for key in sorted(worst))) if worst else None
