"""Charts that are not bins over Geant4: ROC curves, maps of the mean shower, correlations.

As in :mod:`calobench.report.comparison.charts`, a figure and its CSV are made from the same object.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calobench.report.comparison.charts import Array, Axis, Rows
from calobench.report.palette import Look

__all__ = ["Image", "Maps", "Matrix", "Roc", "Rocs"]


class Image(NamedTuple):
    """Values in cells and their errors, (rows, columns) each."""

    value: Array
    error: Array


class Maps(NamedTuple):
    """The mean shower of one model in depth and radius, beside that of Geant4, and their ratio.

    Attributes:
        name: of the figure and of its files.
        title: for people.
        group: where it belongs.
        description: one sentence.
        x: depth.
        y: radius.
        x_edges: of the layers, (Z+1,).
        y_edges: of the rings, (R+1,).
        model_name: of the model.
        reference: fractions of the visible energy, (R, Z).
        model: likewise.
    """

    name: str
    title: str
    group: str
    description: str
    x: Axis
    y: Axis
    x_edges: Array
    y_edges: Array
    model_name: str
    reference: Image
    model: Image

    @property
    def ratio(self) -> Image:
        """Model over Geant4 with the errors of both; NaN where Geant4 has nothing."""
        safe = np.where(self.reference.value > 0, self.reference.value, np.nan)
        ratio = self.model.value / safe
        error = np.hypot(self.model.error / safe, ratio * self.reference.error / safe)
        return Image(ratio, error)

    def rows(self) -> Rows:
        """The numbers: a line per cell."""
        x, y = (f"{axis.label.split()[-1]}_{axis.unit}" for axis in (self.x, self.y))
        head = ("model", f"{x}_low", f"{x}_high", f"{y}_low", f"{y}_high", "value", "error")
        lines: Rows = [(*head, "geant4", "geant4_error", "ratio", "ratio_error")]
        images = [np.asarray(part) for one in self._images() for part in one]
        for ring in range(len(self.y_edges) - 1):
            for layer in range(len(self.x_edges) - 1):
                cell = [_cell(float(image[ring, layer])) for image in images]
                place = (*self.x_edges[layer : layer + 2], *self.y_edges[ring : ring + 2])
                lines.append((self.model_name, *map(float, place), *cell))
        return lines

    def _images(self) -> tuple[Image, Image, Image]:
        return self.model, self.reference, self.ratio


class Roc(NamedTuple):
    """A classifier's curve for one model.

    Attributes:
        name: of the model.
        look: its colour and dashes.
        area: under the curve, as scored, and its error.
        threshold: logarithm of the weight from which on a shower is taken for the model's, (K+1,).
        false: fraction of Geant4's showers that are, (K+1,).
        true: fraction of the model's showers that are, (K+1,).
    """

    name: str
    look: Look
    area: tuple[float, float] | None
    threshold: Array
    false: Array
    true: Array


class Rocs(NamedTuple):
    """ROC curves of one kind of classifier for several models; attributes as of other charts."""

    name: str
    title: str
    group: str
    description: str
    x: Axis
    y: Axis
    curves: tuple[Roc, ...]

    def rows(self) -> Rows:
        """The numbers: a line per threshold."""
        lines: Rows = [("model", "log10_w_above", "geant4_taken_for_the_model", "model_recognised")]
        for one in self.curves:
            columns = zip(one.threshold, one.false, one.true, strict=True)
            lines.extend((one.name, *map(float, line)) for line in columns)
        return lines


class Matrix(NamedTuple):
    """Correlations of one model and of Geant4, by rows of the upper triangle without the diagonal.

    Attributes:
        name: of the figure and of its files.
        title: for people.
        group: where it belongs.
        description: one sentence.
        model_name: of the model.
        labels: of the K numbers.
        layers: the same as numbers of layers; () for observables.
        reference: (K (K - 1) / 2,).
        model: likewise.
        pull: difference over its error.
    """

    name: str
    title: str
    group: str
    description: str
    model_name: str
    labels: tuple[str, ...]
    layers: tuple[int, ...]
    reference: Array
    model: Array
    pull: Array

    def rows(self) -> Rows:
        """The numbers: a line per pair."""
        lines: Rows = [("model", "first", "second", "geant4", "value", "difference_in_errors")]
        first, second = np.triu_indices(len(self.labels), 1)
        columns = zip(first, second, self.reference, self.model, self.pull, strict=True)
        lines.extend(
            (self.model_name, self.labels[i], self.labels[j], float(g), float(m), float(p))
            for i, j, g, m, p in columns
        )
        return lines


def _cell(value: float) -> float | None:
    return None if np.isnan(value) else value
