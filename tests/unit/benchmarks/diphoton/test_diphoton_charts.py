"""Two photons close together, for several runs."""

from __future__ import annotations

from typing import Any

import numpy as np
from diphoton_factory import BINS, make_diphoton
from several_factory import make_run

from calobench.benchmarks.diphoton.charts import diphoton_charts
from calobench.benchmarks.diphoton.record import BinValue, CurveRecord, DiphotonResults
from calobench.report.comparison.drawing import draw
from calobench.report.comparison.runs import Runs, Source, compared
from calobench.report.figures.style import plot_style


def with_curve(seed: int) -> DiphotonResults:
    """An efficiency that is measured in all bins but the last, where two events are too few."""

    def points(level: float) -> tuple[BinValue, ...]:
        bins = [
            BinValue(n=50, value=level, low=level - 0.1, high=level + 0.2) for _ in range(BINS - 1)
        ]
        return (*bins, BinValue(n=2, value=1.0, low=0.5, high=1.0))

    curve = CurveRecord(
        name="exactly_two", label="efficiency", unit="", reference=points(0.6), model=points(0.5)
    )
    return make_diphoton(seed).model_copy(update={"curves": (curve,)})


def runs_of(*records: Any) -> Runs:
    sources = []
    for index, record in enumerate(records):
        run = make_run(f"m{index}", index + 1)
        run = run if record is None else run.with_benchmarks({"diphoton": record})
        sources.append(Source(run, str(index), str(index)))
    return compared(sources)


def test_every_curve_of_the_runs_that_have_them() -> None:
    (chart,) = diphoton_charts(runs_of(with_curve(1), None, with_curve(2)))
    assert chart.name == "diphoton_exactly_two"
    assert [one.name for one in chart.series] == ["m0", "m2"]
    model = chart.series[0].model
    np.testing.assert_allclose(model.value[:-1], 0.5)
    np.testing.assert_allclose(model.error[:-1], 0.15)
    assert np.isnan(model.value[-1])
    with plot_style():
        assert draw(chart).axes


def test_runs_that_were_asked_for_something_else_are_left_out() -> None:
    other = with_curve(2)
    settings = other.settings.model_copy(update={"threshold_mev": 9.0})
    other = other.model_copy(update={"settings": settings})
    (chart,) = diphoton_charts(runs_of(with_curve(1), other))
    assert [one.name for one in chart.series] == ["m0"]
    assert list(diphoton_charts(runs_of(None, None))) == []
