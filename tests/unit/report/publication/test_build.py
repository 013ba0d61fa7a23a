"""A folder of plots: what is in it, and that it is the same each time."""

from __future__ import annotations

import csv
import io
import json

import matplotlib as mpl
import numpy as np
import pytest
from several_factory import make_run, make_runs

from calobench.errors import UnknownNameError
from calobench.report.comparison.catalogue import charts_of
from calobench.report.comparison.charts import Curves
from calobench.report.comparison.runs import Source, compared
from calobench.report.publication.build import FORMATS, MANIFEST, PlotRequest, build
from calobench.report.publication.style import print_text

FEW = PlotRequest(
    formats=FORMATS, label="FCC-ee ALLEGRO simulation", only=("response_*", "layer_*", "scores")
)


def test_the_same_results_give_the_same_bytes_and_no_date() -> None:
    runs = make_runs("distilled", "solver")
    first, second = build(runs, FEW), build(runs, FEW)
    assert first == second
    for name, content in first.items():
        assert b"CreationDate" not in content, name
        assert b"<dc:date>" not in content, name


def test_every_format_of_every_figure_and_a_manifest_that_lists_them() -> None:
    files = build(make_runs("distilled", "solver"), FEW)
    manifest = json.loads(files[MANIFEST])
    assert sorted(manifest["files"]) == sorted(set(files) - {MANIFEST})
    assert list(files)[-1] == MANIFEST
    starts = {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml", "csv": b"model,"}
    for form, start in starts.items():
        assert files[f"figures/response_against_energy.{form}"].startswith(start)
    assert {"tables/scores.tex", "tables/scores.md", "tables/scores.csv"} <= set(files)
    assert set(manifest["runs"]) == {"distilled", "solver"}


def test_fonts_of_a_pdf_are_embedded_and_no_type_3() -> None:
    pdf = build(make_runs("distilled"), PlotRequest(("pdf",), only=("response_*",)))
    content = pdf["figures/response_against_energy.pdf"]
    assert b"/FontFile" in content
    assert b"/Type3" not in content


def test_the_csv_holds_what_is_drawn() -> None:
    runs = make_runs("distilled", "solver")
    charts = {chart.name: chart for chart in charts_of(runs)}
    files = build(runs, PlotRequest(("csv",)))
    for name in ("shower_depth", "layer_energy", "response_against_energy"):
        chart = charts[name]
        assert isinstance(chart, Curves)
        rows = list(csv.DictReader(io.StringIO(files[f"figures/{name}.csv"].decode())))
        for one in chart.series:
            of_model = [row for row in rows if row["model"] == one.name]
            value = np.array([float(row["value"] or "nan") for row in of_model])
            np.testing.assert_allclose(value, one.model.value, rtol=1e-8)
    depth = list(csv.DictReader(io.StringIO(files["figures/shower_depth.csv"].decode())))
    observable = next(one for one in runs.runs[0].results.observables if one.name == "shower_depth")
    total = sum(observable.data.model)
    assert sum(
        float(row["value"]) for row in depth if row["model"] == "distilled"
    ) == pytest.approx(1)
    inside = [row for row in depth if row["model"] == "distilled" and row["low_mm"] != "-inf"]
    assert float(inside[0]["value"]) == pytest.approx(observable.data.model[1] / total)


def test_against_the_conditions_only_when_asked_for() -> None:
    runs = make_runs("distilled")
    assert not [name for name in build(runs, PlotRequest(("csv",))) if "_in_energy" in name]
    with pytest.raises(UnknownNameError, match="unknown figure or table 'respones'"):
        build(runs, PlotRequest(("csv",), only=("respones",)))


def test_a_font_that_is_missing_is_named_and_settings_stay() -> None:
    before = dict(mpl.rcParams)
    with pytest.raises(UnknownNameError, match=r"unknown font 'DejaVu San'.*DejaVu Sans"):
        build(make_runs("a"), PlotRequest(("pdf",), only=("response_*",), font="DejaVu San"))
    build(make_runs("a"), PlotRequest(("pdf",), only=("response_*",), font="DejaVu Serif"))
    assert dict(mpl.rcParams) == before


def test_names_that_look_like_mathematics_or_html_are_text() -> None:
    runs = compared([Source(make_run("$\\frac{<b>a_b&"), "a", "a")])
    files = build(runs, PlotRequest(FORMATS, only=("response_*", "scores"), label="100 $ & $x_1"))
    assert files["figures/response_against_energy.svg"].startswith(b"<?xml")
    assert print_text("E_vis $5") == r"$E_{\mathrm{vis}}$ \$5"


@pytest.mark.parametrize("n", [1, 3, 10, 16])
def test_few_showers_and_many_models(n: int) -> None:
    runs = compared(
        [Source(make_run(f"model-{i}", i + 1, n=3 if i else 400), str(i), str(i)) for i in range(n)]
    )
    files = build(runs, PlotRequest(("svg",), only=("response_*", "hits", "layer_energy")))
    assert len(files) == 4
