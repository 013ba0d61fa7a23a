"""Dependence on energy and angle, on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from calobench.report.figures.axes import Array
from calobench.report.figures.dependence import PULL_RANGE, PullColumn, draw_pulls
from calobench.report.figures.regions import draw_regions
from calobench.report.figures.style import plot_style
from calobench.report.regions import worst_regions
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.report.text import grouped, measured, number
from calobench.results.sample import ConditionBins, SampleRecord
from calobench.results.schema import ObservableResult, Results

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("dependence.html.j2")

_LARGE_PULL = 3.0
_BY_CHANCE = 0.0027  # of a Gaussian beyond 3
_MAX_ROWS = 12


class _Row(NamedTuple):
    """A bin in which the model is off: its size and significance."""

    label: str
    what: str
    where: str
    value: str
    pull: str
    size: float


def _context(results: Results) -> Mapping[str, object] | None:
    sample = results.sample
    if sample is None:
        return None
    observables = {one.name: one for one in results.observables}
    rows = sorted(_rows(sample, observables), key=lambda row: -row.size)
    large = [row for row in rows if row.size > _LARGE_PULL]
    largest = {row.label: row for row in reversed(large)}
    azimuth = next((one.label for one in sample.binned if one.name == "azimuth"), "azimuth")
    with plot_style():
        return {
            "regions": _regions(results),
            "map": _map(sample, observables),
            "rows": sorted(largest.values(), key=lambda row: -row.size)[:_MAX_ROWS],
            "azimuth": azimuth,
            "large": grouped(len(large)),
            "entries": grouped(len(rows)),
            "expected": number(_BY_CHANCE * len(rows), 2),
            "reach": number(PULL_RANGE, 1),
        }


def _regions(results: Results) -> Markup | None:
    """Map of the differences in energy and angle, beyond the difference over all showers."""
    regions = worst_regions(results)
    if regions is None:
        return None
    worst = max(regions.cells, key=lambda one: one.pull)
    words = (
        f"Largest local difference in {len(regions.cells)} regions of energy and polar angle; the largest "
        f"of all is {worst.label}, {number(worst.pull, 2)} errors."
    )
    return inline_svg(draw_regions(regions), "regions", words)


def _map(sample: SampleRecord, observables: Mapping[str, ObservableResult]) -> Markup:
    names = [one.name for one in sample.inclusive.observables]
    families = [observables[name].family if name in observables else "" for name in names]
    groups = [k for k, (one, other) in enumerate(pairwise(families), 1) if one != other]
    columns = []
    for bins in (sample.inclusive, *sample.binned):
        shift, width = _pulls(bins)
        for k, label in enumerate(_bin_labels(bins)):
            columns.append(PullColumn(label, k == 0, shift[:, k], width[:, k]))
    words = (
        f"Map of the pulls of {len(names)} observables in {len(columns)} bins of energy and angle; "
        "the largest are in the table below."
    )
    figure = draw_pulls([_label(observables, name) for name in names], groups, columns)
    return inline_svg(figure, "pulls", words)


def _pulls(bins: ConditionBins) -> tuple[Array, Array]:
    """Pulls of mean and width, NaN where there is none, (K, B) each."""

    def ratio(value: str, error: str) -> Array:
        above, below = (
            np.array([getattr(one, field) for one in bins.observables], dtype=np.float64)
            for field in (value, error)
        )
        pulls: Array = np.full(above.shape, np.nan)
        np.divide(above, below, out=pulls, where=below > 0)
        return pulls

    return ratio("shift", "shift_error"), ratio("log_width_ratio", "log_width_ratio_error")


def _rows(sample: SampleRecord, observables: Mapping[str, ObservableResult]) -> Iterator[_Row]:
    """Every entry of the map that has a pull."""
    for bins in (sample.inclusive, *sample.binned):
        shift, width = _pulls(bins)
        for row, one in enumerate(bins.observables):
            label = _label(observables, one.name)
            for k, where in enumerate(_bin_words(bins)):
                values = (
                    ("mean", shift[row, k], one.shift[k], one.shift_error[k], "σ"),
                    ("width", width[row, k], one.log_width_ratio[k],
                     one.log_width_ratio_error[k], ""),
                )  # fmt: skip
                for what, pull, value, error, unit in values:
                    if value is None or error is None or not np.isfinite(pull):
                        continue
                    text = measured(value, error, unit)
                    in_errors = f"{pull:+.1f}".replace("-", "\N{MINUS SIGN}")
                    yield _Row(label, what, where, text, in_errors, abs(float(pull)))


def _label(observables: Mapping[str, ObservableResult], name: str) -> str:
    return observables[name].label if name in observables else name


def _bin_labels(bins: ConditionBins) -> list[str]:
    """Short names of the bins, for the head of the map."""
    if bins.name == "all":
        return ["all"]
    symbol = {"energy": "E", "theta": "θ", "azimuth": "φ"}[bins.name]
    return [f"{symbol} {low} to {high}" for low, high in pairwise(_edges(bins, 2))]


def _bin_words(bins: ConditionBins) -> list[str]:
    if bins.name == "all":
        return [bins.label]
    unit = "GeV" if bins.unit == "MeV" else bins.unit
    return [f"{bins.label} {low} to {high} {unit}" for low, high in pairwise(_edges(bins, 3))]


def _edges(bins: ConditionBins, digits: int) -> list[str]:
    scale = 1000 if bins.unit == "MeV" else 1
    return [number(edge / scale, digits) if abs(edge) > 1e-9 else "0" for edge in bins.edges]


SECTIONS = (
    Section(
        "dependence",
        "Energy and angle",
        58,
        _context,
        _TEMPLATE,
    ),
)
