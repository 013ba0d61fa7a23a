"""All charts of several runs, those of benchmarks among them."""

from __future__ import annotations

from collections.abc import Iterator

from calobench.benchmarks.catalogue import all_benchmarks
from calobench.errors import UnknownNameError
from calobench.report.comparison.charts import Chart
from calobench.report.comparison.observables import (
    condition_charts,
    energy_charts,
    observable_charts,
)
from calobench.report.comparison.peaks import peak_charts
from calobench.report.comparison.runs import Runs
from calobench.report.comparison.sample_charts import sample_charts

__all__ = ["benchmark_charts", "chart_named", "charts_of", "further_charts_of"]


def charts_of(runs: Runs) -> Iterator[Chart]:
    """Charts that are always shown: response and resolution, observables, whole samples, benchmarks."""
    yield from energy_charts(runs)
    yield from observable_charts(runs)
    yield from sample_charts(runs)
    yield from benchmark_charts(runs)


def further_charts_of(runs: Runs) -> Iterator[Chart]:
    """Charts that are shown on request: peaks of the response, observables against energy and angles."""
    yield from peak_charts(runs)
    yield from condition_charts(runs)


def benchmark_charts(runs: Runs) -> Iterator[Chart]:
    """Charts of the benchmarks from their records in these runs."""
    for benchmark in all_benchmarks().values():
        if benchmark.charts is not None:
            yield from benchmark.charts()(runs)


def chart_named(runs: Runs, name: str) -> Chart:
    """One chart.

    Args:
        runs: one or more.
        name: of an observable, ``response_against_energy``, ``width_r_in_theta``, ...

    Raises:
        UnknownNameError: there is none of that name.
    """
    known = {}
    for charts in (charts_of, further_charts_of):
        for chart in charts(runs):
            if chart.name == name:
                return chart
            known[chart.name] = chart
    raise UnknownNameError("figure", name, known)
