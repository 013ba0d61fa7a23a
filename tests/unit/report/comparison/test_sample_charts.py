"""Figures of whole samples: ROC curves, maps of the mean shower, correlations, each with its numbers."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from calobench.report.comparison.runs import Runs, Source, compared
from calobench.report.comparison.sample_charts import sample_charts
from calobench.report.figures.matrix import draw_triangles
from calobench.report.figures.style import plot_style
from calobench.report.publication.build import PlotRequest, build
from calobench.report.svg import inline_svg
from calobench.results.schema import Results
from calobench.results.store import read_results

SAMPLE = Path(__file__).parents[4] / "reports/samples/distilled-FCCeeALLEGRO/results.json"


@pytest.fixture(scope="module")
def results() -> Results:
    """A run with all that it can have."""
    return read_results(SAMPLE)


@pytest.fixture(scope="module")
def two(results: Results) -> Runs:
    """The same run under two names, with other seeds."""
    other = results.model_copy(
        update={
            "model": results.model.model_copy(update={"name": "twin"}),
            "run": results.run.model_copy(update={"seed": results.run.seed + 1}),
        }
    )
    return compared([Source(results, "a", "a"), Source(other, "b", "b")])


def rows_of(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    return list(csv.DictReader(io.StringIO(files[f"figures/{name}.csv"].decode())))


def test_numbers_are_those_of_the_results(results: Results) -> None:
    """All three kinds, and no name of a model in the files of one."""
    runs = compared([Source(results, "a", "a")])
    request = PlotRequest(("csv",), only=("roc_*", "rz_map", "correlations_*"))
    files = build(runs, request)
    means, sample, trees = results.mean_showers, results.sample, results.multivariate
    assert means is not None
    assert sample is not None
    assert trees is not None
    assert trees.classifier is not None

    cells = rows_of(files, "rz_map")
    fraction = np.array(means.model.rz)
    assert len(cells) == fraction.size
    assert sum(float(row["value"]) for row in cells) == pytest.approx(fraction.sum(), rel=1e-6)
    one = next(row for row in cells if float(row["geant4"]) > 0)
    ratio = float(one["value"]) / float(one["geant4"])
    assert float(one["ratio"]) == pytest.approx(ratio, rel=1e-6)
    last = cells[-1]
    assert float(last["z_mm_high"]) == pytest.approx(fraction.shape[1] * results.detector.dz_mm)
    assert float(last["r_mm_high"]) == pytest.approx(fraction.shape[0] * results.detector.dr_mm)

    curve = rows_of(files, "roc_trees")
    ends = [(row["geant4_taken_for_the_model"], row["model_recognised"]) for row in curve]
    assert ends[0] == ("0", "0")
    assert ends[-1] == ("1", "1")
    false, true = np.array(ends, dtype=float).T
    area = next(score.value for score in trees.scores if score.name == "auc")
    # Trapezoids of the bins lie at most a bin below the area of single showers.
    assert np.trapezoid(true, false) == pytest.approx(area, abs=0.02)

    for matrix in sample.correlations:
        pairs = rows_of(files, f"correlations_{matrix.kind}")
        np.testing.assert_allclose([float(row["value"]) for row in pairs], matrix.model)
        assert len({(row["first"], row["second"]) for row in pairs}) == len(matrix.model)


def test_models_share_a_roc_figure_and_have_maps_of_their_own(two: Runs) -> None:
    """With their names in those of the files."""
    names = [chart.name for chart in sample_charts(two)]
    assert names.count("roc_trees") == 1
    assert {"rz_map_twin", "correlations_layers_twin"} <= set(names)
    files = build(two, PlotRequest(("svg", "csv"), only=("roc_trees", "rz_map_*")))
    assert {row["model"] for row in rows_of(files, "roc_trees")} >= {"twin"}
    assert files["figures/rz_map_twin.svg"].startswith(b"<?xml")


def test_a_run_without_them_has_none(results: Results) -> None:
    """Few showers have no correlations and no classifier."""
    update: dict[str, Any] = {
        "sample": None, "mean_showers": None, "multivariate": None, "benchmarks": {}
    }  # fmt: skip
    runs = compared([Source(results.model_copy(update=update), "a", "a")])
    assert list(sample_charts(runs)) == []


def test_labels_below_a_matrix_are_upright_and_apart() -> None:
    """They lay on top of each other: a rotation given with the labels was lost."""
    labels = ("depth with 50 % of E", "cells above 0.1 MeV", "E_vis")
    with plot_style():
        figure = draw_triangles(labels, np.zeros(3), np.zeros(3), 1.0, ("a", "b", "r"))
        root = ET.fromstring(inline_svg(figure, "k", ""))
    turned = [one for one in root.iter("text") if "rotate(-90" in one.get("transform", "")]
    assert ["".join(one.itertext()) for one in turned] == [one.replace("_", "") for one in labels]
    assert len({one.get("x") for one in turned}) == len(labels)
    lowest = max(float(one.get("y", "0")) for one in root.iter("text"))
    assert lowest < float(str(root.get("viewBox")).split()[3]) - 2
