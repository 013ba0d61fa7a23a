"""Several runs of the CaloChallenge's protocol, and their places among the published ones."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from challenge_showers import challenge_showers, write_challenge

from calobench.benchmarks.calochallenge.charts import histogram_charts, layer_charts, single_charts
from calobench.benchmarks.calochallenge.position import (
    GEANT4,
    own_measures,
    positions,
    published_measures,
)
from calobench.benchmarks.calochallenge.published import PublishedTable, published_table
from calobench.benchmarks.calochallenge.record import (
    CaloChallengeResults,
    ClassifierMeasure,
    ClassifierScore,
    Distance,
    read_calochallenge_results,
)
from calobench.benchmarks.calochallenge.run import ProtocolRequest, run_protocol
from calobench.benchmarks.calochallenge.several import read_challenge_runs
from calobench.cli import main
from calobench.errors import ComparisonError
from calobench.results.seal import seal

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Results of two files against one, and of the second against another reference."""
    folder = tmp_path_factory.mktemp("challenge")
    files = [
        write_challenge(folder / f"{name}.h5", *challenge_showers("2", 40, salt))
        for salt, name in enumerate(("reference", "first", "second", "other"), 1)
    ]
    reference, first, second, other = files
    paths = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("calobench.benchmarks.calochallenge.page._figures", lambda _results: [])
        for generated, against in ((first, reference), (second, reference), (second, other)):
            out = folder / f"{generated.stem}-{against.stem}"
            request = ProtocolRequest((generated,), (against,), out=out, dataset="2", replicas=20)
            paths.append(run_protocol(request).results_path)
    return paths


def cli(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def area(value: float, spread: float) -> ClassifierMeasure:
    return ClassifierMeasure(
        value=value,
        error=spread,
        spread=spread,
        null=0.5,
        null_spread=0.01,
        folds=(),
        null_folds=(),
    )


def with_scores(results: CaloChallengeResults, fpd: float, auc: float) -> CaloChallengeResults:
    """The results with a given FPD (times 1000) and area of the first classifier."""
    distance = Distance(
        name="FPD", value=fpd / 1e3, error=1e-3, null_value=None, null_error=None,
        n_reference=40, n_generated=40, n_null=20,
    )  # fmt: skip
    score = ClassifierScore(
        name="low", label="low", auc=area(auc, 0.003), jsd=area(0.1, 0.01), p_value=0.001, n=40,
        n_train=48, n_report=16, epochs=(1,), parameters=1, device="cpu",
    )  # fmt: skip
    return results.model_copy(update={"distances": (distance,), "classifiers": (score,)})


def test_the_place_is_between_those_that_are_better_and_worse(runs: list[Path]) -> None:
    results, table = read_calochallenge_results(runs[0]), published_table("2")
    fpds = sorted(one.fpd[0] for one in table.models if one.name != GEANT4)
    for fpd, best in ((1.0, 1), (0.5 * (fpds[0] + fpds[1]), 2), (1e6, len(fpds) + 1)):
        places = {one.metric: one for one in positions(with_scores(results, fpd, 0.99), table)}
        assert (places["FPD"].best, places["FPD"].worst) == (best, best)
        assert places["FPD"].of == len(fpds) + 1
        assert places["AUC low"].best > 1
    # One that equals a submission within the errors is not told apart from it.
    places = {one.metric: one for one in positions(with_scores(results, fpds[1], 0.5), table)}
    assert places["FPD"].best == 2
    assert places["FPD"].worst == 3
    assert places["FPD"].words.startswith("2nd to 3rd of")
    assert places["AUC low"].best == 1


def test_few_showers_are_no_worse_place(runs: list[Path]) -> None:
    """Forty showers alike give large separations; that is not the model's."""
    results, table = read_calochallenge_results(runs[0]), published_table("2")
    worst = max(published_measures(one)["EC eta"].value for one in table.models)
    assert own_measures(results)["EC eta"].value > worst
    assert {one.metric: one for one in positions(results, table)}["EC eta"].best == 1


def test_geant4_s_own_line_has_no_place(runs: list[Path]) -> None:
    table = published_table("2")
    without = PublishedTable(
        dataset=table.dataset,
        source=table.source,
        paper=table.paper,
        models=tuple(one for one in table.models if one.name != GEANT4),
    )
    results = with_scores(read_calochallenge_results(runs[0]), 30.0, 0.6)
    sizes = [next(positions(results, one)).of for one in (table, without)]
    assert sizes[0] == sizes[1] == len(without.models) + 1


def test_histograms_are_kept_and_agree_with_their_separation(runs: list[Path]) -> None:
    results = read_calochallenge_results(runs[0])
    for row in results.rows:
        for one in row.histograms:
            if not one.edges:
                continue
            assert len(one.reference) == len(one.generated) == len(one.edges) + 1
            assert sum(one.reference[1:-1]) == one.n_reference
            p, q = (np.array(c[1:-1], float) / sum(c[1:-1]) for c in (one.generated, one.reference))
            both = p + q > 0
            result = 0.5 * np.sum((p - q)[both] ** 2 / (p + q)[both])
            assert one.as_published == pytest.approx(result)


def test_charts_of_layers_and_of_every_histogram(runs: list[Path]) -> None:
    several = read_challenge_runs(runs[:2])
    layers = {chart.name: chart for chart in layer_charts(several)}
    assert len(layers["separation_E_layer"].series) == 2
    assert layers["separation_E_layer"].rows()[0][5] == "floor"
    assert {chart.name for chart in single_charts(several)} >= {"E_total", "cell"}
    names = [chart.name for chart in histogram_charts(several)]
    assert "E_layer_44" in names
    assert len(names) == len(set(names))


def test_what_may_not_be_compared_is_refused(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ComparisonError, match=r"other references: .* --any-reference"):
        read_challenge_runs([runs[0], runs[2]])
    assert (
        "other references" in read_challenge_runs([runs[0], runs[2]], any_reference=True).notes[0]
    )
    with pytest.raises(ComparisonError, match="twice"):
        read_challenge_runs([runs[0], runs[0]])
    results = read_calochallenge_results(runs[0])
    for change, words in (
        ({"dataset": "3"}, "other data sets"),
        ({"binning": "x"}, "other binnings"),
    ):
        path = tmp_path / f"{words}.json"
        path.write_text(seal(results.model_copy(update=change)).model_dump_json())
        with pytest.raises(ComparisonError, match=words):
            read_challenge_runs([runs[0], path])


def test_a_page_and_plots(runs: list[Path], tmp_path: Path, capsys: Capture) -> None:
    page, out = tmp_path / "page.html", tmp_path / "plots"
    assert cli("compare", *runs[:2], "--out", page) == 0
    assert "first: " in capsys.readouterr().out
    text = page.read_text()
    assert "Places among published submissions" in text
    assert "<script" not in text
    assert cli("plots", *runs[:2], "--format", "csv", "--out", out) == 0
    rows = list(csv.reader((out / "tables" / "calochallenge.csv").read_text().splitlines()))
    assert {"E layer", "cell"} <= {row[0] for row in rows}
    assert cli("compare", runs[0], "--out", page, "--force") == 2
    assert "one result cannot be compared" in capsys.readouterr().err


def test_the_page_of_one_run_has_areas_and_its_place(runs: list[Path]) -> None:
    from calobench.benchmarks.calochallenge.page import render_page

    results = with_scores(read_calochallenge_results(runs[0]), 30.0, 0.6)
    page = render_page(results)
    assert "AUC low" in page
    assert "<b>FPD</b> 30.0 ± 1.0: 2nd of" in page.replace("\N{NO-BREAK SPACE}", " ")
    table = page[page.index('id="published"') :]
    lines = [
        line for line in table.splitlines() if "<tr><th scope" in line and "parameters" not in line
    ]
    assert "this run" in lines[2]


def test_the_page_of_one_run_has_every_histogram(runs: list[Path]) -> None:
    """Small ones: hundreds with axes would take a minute and 10 MB."""
    from calobench.benchmarks.calochallenge.page import render_page

    results = read_calochallenge_results(runs[0])
    page = render_page(results)
    part = page[page.index('id="histograms"') : page.index('id="provenance"')]
    kept = sum(bool(one.edges) for row in results.rows for one in row.histograms)
    assert part.count("<svg") == kept > 200
    assert len(page) < 3e6


def test_a_small_histogram_is_drawn_to_scale(runs: list[Path]) -> None:
    """The highest bin of either sample reaches the top; what lies outside counts in the fractions."""
    from calobench.benchmarks.calochallenge.multiples import multiples_of

    row = read_calochallenge_results(runs[0]).rows[0]
    one = row.histograms[0].model_copy(
        update={"edges": (0.0, 1.0, 2.0), "reference": (0, 2, 2, 0), "generated": (2, 1, 0, 1)}
    )
    (picture,) = multiples_of(row.model_copy(update={"histograms": (one,)}))
    assert 'd="M0 3V3H75V3H150"' in picture.svg
    assert 'd="M0 41.5V41.5H75V80H150"' in picture.svg
