"""Figures of several runs of the CaloChallenge's protocol: separation by layer, and the histograms."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from calobench.benchmarks.calochallenge.record import HistogramScore, SeparationRow
from calobench.benchmarks.calochallenge.several import ChallengeRun, ChallengeRuns
from calobench.report.comparison.charts import Array, Axis, Curve, Curves, Series

__all__ = ["histogram_charts", "layer_charts", "single_charts"]

_BY_ENERGY = "E total by energy"
_UNITS = {"E layer": "MeV", "cell": "MeV"}


def layer_charts(runs: ChallengeRuns) -> Iterator[Curves]:
    """Separation power of each layer, over its statistical floor."""
    for row in runs.runs[0].results.rows:
        if len(row.histograms) < 2 or row.name == _BY_ENERGY:
            continue
        series = [(run, _row(run, row.name)) for run in runs.runs]
        yield Curves(
            f"separation_{_slug(row.name)}",
            f"Separation power: {row.label}",
            "separation",
            f"Separation power of {row.label} as published, × 1000, in each layer, over the floor that "
            "finite samples which agree give.",
            Axis("layer"),
            Axis("separation × 1000", log=True),
            tuple(_layers(run, own_row) for run, own_row in series if own_row is not None),
            reference="floor",
        )


def single_charts(runs: ChallengeRuns) -> Iterator[Curves]:
    """Those histograms that are the only one of their row: total energy, cells, sparsity."""
    for row in runs.runs[0].results.rows:
        if len(row.histograms) == 1:
            yield from _histograms(runs, row)


def histogram_charts(runs: ChallengeRuns) -> Iterator[Curves]:
    """All the others, one for each layer or energy."""
    for row in runs.runs[0].results.rows:
        if len(row.histograms) > 1:
            yield from _histograms(runs, row)


def _row(run: ChallengeRun, name: str) -> SeparationRow | None:
    return next((row for row in run.results.rows if row.name == name), None)


def _layers(run: ChallengeRun, row: SeparationRow) -> Series:
    members = [one.member or 0 for one in row.histograms]
    first, count = min(members), max(members) - min(members) + 1
    value, floor = np.full(count, np.nan), np.full(count, np.nan)
    for one in row.histograms:
        place = (one.member or 0) - first
        value[place] = np.nan if one.as_published is None else 1e3 * one.as_published
        floor[place] = np.nan if one.floor is None else 1e3 * one.floor
    edges = first - 0.5 + np.arange(count + 1, dtype=np.float64)
    unknown = np.full(count, np.nan)
    return Series(run.name, run.look, edges, Curve(value, unknown), Curve(floor, np.zeros(count)))


def _histograms(runs: ChallengeRuns, row: SeparationRow) -> Iterator[Curves]:
    for index, one in enumerate(row.histograms):
        if not one.edges:
            continue
        series = []
        for run in runs.runs:
            own_row = _row(run, row.name)
            histogram = own_row.histograms[index] if own_row is not None else None
            if histogram is not None and histogram.edges:
                series.append(_series(run, histogram))
        member = "" if one.member is None else f", {_member(row, one.member)}"
        edges = np.array(one.edges)
        yield Curves(
            _slug(row.name) + ("" if one.member is None else f"_{one.member}"),
            f"{row.label}{member}",
            "histograms",
            f"Histogram of {row.label}{member}, in the bins of the CaloChallenge.",
            Axis(row.label, _UNITS.get(row.name, ""), log=_geometric(edges)),
            Axis("fraction of entries", log=row.name == "cell"),
            tuple(series),
        )


def _series(run: ChallengeRun, one: HistogramScore) -> Series:
    return Series(
        run.name,
        run.look,
        np.array(one.edges),
        _fractions(one.generated),
        _fractions(one.reference),
    )


def _fractions(counts: tuple[int, ...]) -> Curve:
    """Of all entries, those outside among them, so that nothing vanishes."""
    numbers = np.array(counts, dtype=np.float64)
    total = numbers.sum() or 1.0
    return Curve(numbers[1:-1] / total, np.sqrt(numbers[1:-1]) / total)


def _member(row: SeparationRow, member: int) -> str:
    return f"{2**member:g} MeV" if row.name == _BY_ENERGY else f"layer {member}"


def _geometric(edges: Array) -> bool:
    if edges[0] <= 0 or len(edges) < 4:
        return False
    return bool(np.allclose(edges[1:] / edges[:-1], edges[1] / edges[0], rtol=1e-3))


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name)
