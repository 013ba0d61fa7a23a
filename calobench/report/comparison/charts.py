"""The numbers of a figure of several models: it is drawn, and written as CSV, from the same object."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calobench.report.palette import Look

__all__ = ["Axis", "Chart", "Curve", "Curves", "Point", "Points", "Rows", "Series"]

Array = NDArray[np.float64]
Rows: TypeAlias = "list[tuple[str | float | None, ...]]"
"""Lines of a CSV file, headings first."""


class Axis(NamedTuple):
    """Label, unit and scale of an axis.

    Attributes:
        label: as in the field, without the unit.
        unit: '' for a pure number.
        log: whether it is logarithmic.
    """

    label: str
    unit: str = ""
    log: bool = False

    @property
    def title(self) -> str:
        """With the unit: ``depth z [mm]``."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


class Curve(NamedTuple):
    """Values of one sample, one per bin, and their errors; NaN where there is none."""

    value: Array
    error: Array


class Series(NamedTuple):
    """One model in bins, with the Geant4 that it was compared with.

    Attributes:
        name: of the model.
        look: its colour, marker and dashes.
        edges: of the bins, (K+1,), those of what lies outside among them.
        model: (K,).
        reference: (K,).
        spread: standard deviation from shower to shower of the reference, (K,); None for a histogram.
    """

    name: str
    look: Look
    edges: Array
    model: Curve
    reference: Curve
    spread: Array | None = None


class Curves(NamedTuple):
    """Models in bins of an axis, over Geant4.

    Attributes:
        name: of the figure and of its files.
        title: for people.
        group: where it belongs, such as the family of the observable.
        description: one sentence.
        x: the axis of the bins.
        y: that of the values.
        series: the models.
        under: whether the first bin holds what lies below the axis.
        over: likewise the last one.
        steps: histogram or profile; else points against a condition.
        reference: what the models are compared with.
    """

    name: str
    title: str
    group: str
    description: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    under: bool = False
    over: bool = False
    steps: bool = True
    reference: str = "Geant4"

    def rows(self) -> Rows:
        """The numbers: a line per model and bin."""
        unit = f"_{self.x.unit.replace(' ', '_')}" if self.x.unit else ""
        head = ("model", f"low{unit}", f"high{unit}", "value", "error")
        other = self.reference.lower()
        lines: Rows = [(*head, other, f"{other}_error", "ratio", "ratio_error")]
        for one in self.series:
            low, high = one.edges[:-1].copy(), one.edges[1:].copy()
            if self.under:
                low[0] = -np.inf
            if self.over:
                high[-1] = np.inf
            ratio = ratio_of(one.model, one.reference)
            columns = (low, high, *one.model, *one.reference, *ratio)
            lines.extend((one.name, *map(_cell, line)) for line in zip(*columns, strict=True))
        return lines


class Point(NamedTuple):
    """A model as one point.

    Attributes:
        name: of the model.
        look: its colour and marker.
        label: what is written beside it.
        x: value and error.
        y: value and error.
        best: whether no other point is better in both.
    """

    name: str
    look: Look
    label: str
    x: tuple[float, float]
    y: tuple[float, float]
    best: bool


class Points(NamedTuple):
    """Models as points in a plane, the best bottom left.

    Attributes:
        name: of the figure and of its files.
        title: for people.
        group: where it belongs.
        description: one sentence.
        x: the axis.
        y: the axis.
        points: the models.
        lines: named values of x at which a line stands.
        level: value of y at which a line stands.
    """

    name: str
    title: str
    group: str
    description: str
    x: Axis
    y: Axis
    points: tuple[Point, ...]
    lines: tuple[tuple[str, float], ...] = ()
    level: float | None = None

    def rows(self) -> Rows:
        """The numbers: a line per point."""
        head = ("model", "label", self.x.title, "error", self.y.title, "error", "pareto_front")
        return [
            head,
            *((p.name, p.label, *p.x, *p.y, "yes" if p.best else "no") for p in self.points),
            *((name, name, value, None, None, None, None) for name, value in self.lines),
        ]


class Chart(Protocol):
    """A figure and its numbers: :class:`Curves`, :class:`Points`, or a picture."""

    @property
    def name(self) -> str:
        """Of the figure and of its files."""

    @property
    def title(self) -> str:
        """For people."""

    @property
    def group(self) -> str:
        """The group of charts that it belongs to."""

    @property
    def description(self) -> str:
        """One sentence."""

    def rows(self) -> Rows:
        """The numbers, headings first."""


def ratio_of(model: Curve, reference: Curve) -> Curve:
    """Model over Geant4 with the model's error alone; NaN where Geant4 has nothing."""
    safe = np.where(reference.value == 0, np.nan, reference.value)
    return Curve(model.value / safe, model.error / np.abs(safe))


def _cell(value: float) -> float | None:
    """A number as it is written: nothing where there is none."""
    return None if np.isnan(value) else float(value)
