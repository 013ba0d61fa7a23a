"""Two photons close together in several runs: every curve against the true separation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from calobench.benchmarks.diphoton.record import BinValue, CurveRecord, DiphotonResults
from calobench.report.comparison.charts import Axis, Curve, Curves, Series
from calobench.report.comparison.runs import ComparedRun, Runs

__all__ = ["diphoton_charts"]

# A bin with fewer events than this is not shown.
_MIN_EVENTS = 5


def diphoton_charts(runs: Runs) -> Iterator[Curves]:
    """The curves of the runs that were asked for the same as the first that has the benchmark."""
    measured = [
        (run, record)
        for run in runs.runs
        if (record := run.results.benchmark("diphoton", DiphotonResults)) is not None
    ]
    if not measured:
        return
    _, first = measured[0]
    edges, asked = first.settings.edges_mm, _asked(first)
    alike = [(run, record) for run, record in measured if _asked(record) == asked]
    for curve in first.curves:
        series = [
            _series(run, edges, one)
            for run, record in alike
            for one in record.curves
            if one.name == curve.name
        ]
        yield Curves(
            f"diphoton_{curve.name}",
            f"Two photons: {curve.label}",
            "two photons close together",
            f"{curve.label} of two photons against their true separation; bins with fewer than {_MIN_EVENTS} "
            "events are left out.",
            Axis("true separation", "mm"),
            Axis(curve.label, curve.unit),
            tuple(series),
            steps=False,
        )


def _asked(record: DiphotonResults) -> dict[str, object]:
    """All that decides what the curves are, which the seed does not."""
    return record.settings.model_dump(exclude={"seed", "replicas"})


def _series(run: ComparedRun, edges: Sequence[float], curve: CurveRecord) -> Series:
    bounds = np.array(edges, dtype=np.float64)
    return Series(run.name, run.look, bounds, _curve(curve.model), _curve(curve.reference))


def _curve(bins: Sequence[BinValue]) -> Curve:
    """Values with half the width of their 68 % interval."""
    nothing = (np.nan, np.nan)
    pairs = [
        nothing
        if one.n < _MIN_EVENTS or one.value is None
        else (
            one.value,
            np.nan if one.low is None or one.high is None else (one.high - one.low) / 2,
        )
        for one in bins
    ]
    value, error = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return Curve(value, error)
