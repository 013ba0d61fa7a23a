"""Quality against time of several runs."""

from __future__ import annotations

from several_factory import make_run
from timing_factory import make_timing

from calobench.benchmarks.timing.charts import timing_charts
from calobench.report.comparison.runs import Source, compared


def test_only_where_there_are_timings() -> None:
    runs = compared([Source(make_run("solver"), "a", "a")])
    assert list(timing_charts(runs)) == []


def test_one_timing_of_several_models_serves_all_runs() -> None:
    timing = make_timing()
    first = make_run("solver", 1).with_benchmarks({"timing": timing})
    others = [
        Source(make_run(name, seed), name, name)
        for seed, name in enumerate(("distilled", "other"), 2)
    ]
    runs = compared([Source(first, "a", "a"), *others])
    (chart,) = timing_charts(runs)
    assert {point.name for point in chart.points} == {"solver", "distilled"}
    by_name = {point.name: point for point in chart.points}
    assert by_name["distilled"].x[0] < by_name["solver"].x[0]
    for point in chart.points:
        rest = [one for one in chart.points if one is not point]
        beaten = any(o.x[0] < point.x[0] and o.y[0] < point.y[0] for o in rest)
        assert point.best is not beaten
    assert [name for name, _ in chart.lines] == ["Geant4"]
    assert len(chart.rows()) == 1 + len(chart.points) + 1
