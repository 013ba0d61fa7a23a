"""Selection of the results that stand side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from several_factory import make_run, write_runs

from calobench.errors import ComparisonError
from calobench.report.comparison.catalogue import chart_named, charts_of
from calobench.report.comparison.charts import Curves
from calobench.report.comparison.observables import observable_charts
from calobench.report.comparison.run_set import MAX_RUNS, distinct_names
from calobench.report.comparison.runs import Source, compared, read_runs
from calobench.results.energy import ResponsePeak
from calobench.results.schema import Results


def source(results: Results, place: str = "b") -> Source:
    return Source(results, place, place)


def changed(results: Results, part: str, **changes: object) -> Results:
    return results.model_copy(update={part: getattr(results, part).model_copy(update=changes)})


def test_files_and_folders_of_runs(tmp_path: Path) -> None:
    a, b = write_runs(tmp_path, "full", "distilled")
    runs = read_runs([a, b.parent])
    assert [run.name for run in runs.runs] == ["full", "distilled"]
    assert runs.notes == ()
    with pytest.raises(ComparisonError, match="given twice"):
        read_runs([a, a.parent])


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("detector", {"name": "ODD"}, "other detectors: a is of FCCeeALLEGRO, b of ODD"),
        ("detector", {"geometry_hash": "4d" * 32}, "other geometries of FCCeeALLEGRO"),
        ("reference", {"sha256": "cd" * 32}, "other references: .* --any-reference"),
    ],
)
def test_other_questions_are_refused(part: str, change: dict[str, str], words: str) -> None:
    first = make_run("full")
    other = changed(make_run("distilled"), part, **change)
    with pytest.raises(ComparisonError, match=words):
        compared([source(first, "a"), source(other)])


def test_another_reference_where_that_is_allowed_is_said_and_each_has_its_own() -> None:
    first, other = (
        make_run("full", 1),
        changed(make_run("distilled", 2), "reference", sha256="cd" * 32),
    )
    runs = compared([source(first, "a"), source(other)], any_reference=True)
    assert not runs.one_reference
    assert "each model is held against its own" in runs.notes[0]
    chart = next(observable_charts(runs))
    mine = runs.runs[1].results.observables[0].data
    assert chart.series[1].reference.value[5] * sum(mine.reference) in mine.reference


def test_the_same_content_packed_otherwise_is_one_reference() -> None:
    first = changed(make_run("full"), "reference", content_sha256="ee" * 32)
    other = changed(make_run("b"), "reference", content_sha256="ee" * 32, sha256="cd" * 32)
    assert compared([source(first, "a"), source(other)]).one_reference


def test_other_settings_are_said() -> None:
    first, other = make_run("full"), changed(make_run("distilled", n=800), "run", seed=7)
    notes = compared([source(first, "a"), source(other)]).notes
    assert any("numbers of showers" in note and "full 400" in note for note in notes)
    assert any("seeds: full 42, distilled 7" in note for note in notes)


def test_copies_none_and_too_many() -> None:
    run = make_run("full")
    with pytest.raises(ComparisonError, match="a and b are the same results"):
        compared([source(run, "a"), source(run)])
    with pytest.raises(ComparisonError, match="no results"):
        compared([])
    many = [source(make_run(f"m{i}"), str(i)) for i in range(MAX_RUNS + 1)]
    with pytest.raises(ComparisonError, match=f"give {MAX_RUNS} at most"):
        compared(many)


def test_runs_of_one_model_are_told_apart() -> None:
    assert distinct_names([("a", "x"), ("b", "y"), ("a", "z")]) == ["a (x)", "b", "a (z)"]
    assert distinct_names([("a", "x"), ("a", "x")]) == ["a (x) 1", "a (x) 2"]


def test_an_observable_that_one_run_lacks_is_drawn_of_the_others() -> None:
    first, other = make_run("full", 1), make_run("distilled", 2)
    lacking = other.model_copy(update={"observables": other.observables[1:]})
    charts = list(observable_charts(compared([source(first, "a"), source(lacking)])))
    names = [chart.name for chart in charts]
    assert [name for name in names if name != "ring_energy_per_area"] == [
        one.name for one in first.observables
    ]
    assert [one.name for one in charts[0].series] == ["full"]


def test_energies_of_rings_are_shown_per_area_too() -> None:
    """The density around the axis that a physicist looks for, with the numbers of the rings."""
    run = make_run("full")
    charts = {one.name: one for one in observable_charts(compared([source(run, "a")]))}
    rings, density = charts["ring_energy"], charts["ring_energy_per_area"]
    assert density.y.title == f"dE/dA [{rings.y.unit}/mm²]"
    assert density.y.log
    (one,), (other,) = density.series, rings.series
    area = np.pi * np.diff(one.edges**2)
    np.testing.assert_allclose(one.model.value * area, other.model.value[-len(area) :])
    np.testing.assert_allclose(one.reference.error * area, other.reference.error[-len(area) :])


def test_peaks_of_the_response_are_drawn_where_they_are_asked_for() -> None:
    run = make_run("full")
    peak = ResponsePeak(
        energy_mev=(1e3, 2.5e3), edges=(0.02, 0.03, 0.04), reference=(1.0, 3.0, 5.0, 1.0),
        model=(0.0, 2.0, 2.0, 0.0),
    )  # fmt: skip
    energy = run.energy_dependence.model_copy(update={"peaks": (peak,)})
    runs = compared([source(run.model_copy(update={"energy_dependence": energy}), "a")])
    assert not any(one.name.startswith("response_at") for one in charts_of(runs))
    chart = chart_named(runs, "response_at_1_2p5_gev")
    assert isinstance(chart, Curves)
    assert chart.title == "Response from 1 to 2.5 GeV"
    (series,) = chart.series
    # Of all showers of the bin, those outside of the axis among them.
    assert series.reference.value.tolist() == [0.3, 0.5]
    assert series.model.value.tolist() == [0.5, 0.5]


def test_what_takes_few_values_shows_the_fraction_of_each() -> None:
    run = make_run("full")
    first = run.observables[0]
    data = first.data.model_copy(
        update={"edges": (0.0, 15.0, 20.0, 40.0), "reference": (0.0, 20.0, 0.0, 20.0, 0.0),
                "model": (0.0, 10.0, 0.0, 10.0, 0.0), "lattice": (0.0, 10.0)}
    )  # fmt: skip
    observables = (first.model_copy(update={"data": data}), *run.observables[1:])
    run = run.model_copy(update={"observables": observables})
    chart = next(observable_charts(compared([source(run, "a")])))
    # Two bins hold two values each, the one between none.
    assert chart.y.label == "fraction of showers per value"
    (series,) = chart.series
    assert series.edges.tolist() == [-5.0, 15.0, 35.0]
    assert series.model.value.tolist() == series.reference.value.tolist() == [0.25, 0.25]
