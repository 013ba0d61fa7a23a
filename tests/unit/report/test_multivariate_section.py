"""All observables together, on the page."""

from __future__ import annotations

from typing import Any

import pytest
from results_factory import make_results

from calobench.report.equivalent import showers_note, showers_worth
from calobench.report.html import render
from calobench.report.sample_words import closeness_words, local_words
from calobench.report.text import measured
from calobench.results.multivariate import (
    ClassifierRecord,
    ClassifierTest,
    Closeness,
    EquivalentPoint,
    EquivalentStatistics,
    FeatureImportance,
    LocalFault,
    MultivariateResults,
    MultivariateScore,
)
from calobench.results.schema import Results
from calobench.results.significance import Family


def score(
    name: str = "fpd",
    value: float = 2.0,
    p_value: Any = 1 / 201,
    worse: str = "high",
    **options: Any,
) -> MultivariateScore:
    own_null = name in {"auc", "cell_auc"}
    options = {
        "null_median": 0.0,
        "null_interval": (-0.2, 0.3),
        "family_p_value": None if own_null else p_value,
        **options,
    }
    return MultivariateScore(
        name=name, label=name.upper(), description="A distance.", value=value, error=0.1,
        interval=(value - 0.1, value + 0.1), null="exchanged", p_value=p_value, worse=worse,
        n_model=1000, n_reference=400, null_replicas=200, **options,
    )  # fmt: skip


def equivalent(**options: Any) -> EquivalentStatistics:
    options = {"showers": 31.2, "low": 28.0, "high": 34.6, **options}
    return EquivalentStatistics(
        distance=0.15, error=0.01, c=0.86, n_observables=40, n_model=1000, n_reference=400,
        points=(
            EquivalentPoint(n=200, rest=200, distance=0.086),
            EquivalentPoint(n=50, rest=350, distance=0.124),
        ),
        **options,
    )  # fmt: skip


def classifier() -> ClassifierRecord:
    return ClassifierRecord(
        fold_aucs=((0.9, 0.91),),
        log10_edges=(-1.0, 0.0, 1.0),
        reference=(3.0, 300.0, 97.0, 0.0),
        model=(0.0, 200.0, 700.0, 100.0),
        importance=(
            FeatureImportance(name="visible_energy", loss=0.1),
            FeatureImportance(name="shy", loss=-0.01),
        ),
    )


def results(**options: Any) -> Results:
    options = {
        "features": ("a", "b"),
        "scores": (score(), score("auc", 0.9, 1e-8, null_median=0.5, null_interval=(0.46, 0.54))),
        "family": Family(tests=1, permutations=200, p_value=1 / 201),
        "classifier": classifier(),
        "equivalent": equivalent(),
        "notes": ("something was left out",),
        **options,
    }
    whole_run = make_results(n=200, events=0)
    return whole_run.model_copy(
        update={
            "observables": whole_run.observables[:2],
            "multivariate": MultivariateResults(**options),
        }
    )


def test_the_section_says_everything_a_score_has() -> None:
    page = render(results())
    assert 'id="multivariate"' in page
    assert measured(2.0, 0.1) in page
    assert "1.90 … 2.10" in page
    assert "[−0.20, 0.30]" in page
    assert "&lt; 0.005" in page
    assert "1.0×10⁻⁸" in page
    assert "something was left out" in page
    # By the observable's label, where there is one; what the classifier does not need is not shown.
    assert "<span>E<sub>vis</sub></span>" in page
    assert "<span>shy</span>" not in page


def test_the_headline() -> None:
    page = render(results())
    assert "<dt>Equivalent Geant4 statistics</dt><dd>about 31 showers" in page
    assert "68 % interval 28 to 35" in page
    limited = equivalent(showers=1000.0, low=322.4, high=None)
    assert showers_worth(limited) == "at least 322 showers"
    assert "no more can be seen" in showers_note(limited)
    assert showers_worth(equivalent(showers=1.04, low=1.0, high=1.2)) == "about 1.0 showers"


def test_results_without_the_section() -> None:
    run = make_results(n=200, events=0)
    assert run.multivariate is None
    page = render(run.model_copy(update={"observables": run.observables[:1]}))
    assert "All observables together" not in page
    assert "Equivalent Geant4 statistics" not in page


def test_parts_may_be_missing() -> None:
    page = render(results(classifier=None, equivalent=None, notes=()))
    assert 'id="multivariate"' in page
    assert "Weights of the classifier" not in page


def test_a_guessing_classifier_names_no_features() -> None:
    guess = score("auc", 0.51, 0.4, null_median=0.5, null_interval=(0.46, 0.54))
    assert "<span>E_vis</span>" not in render(results(scores=(guess,)))


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (score(p_value=0.2), "compatible"),
        (score(p_value=0.001, family_p_value=0.2), "compatible"),
        (score(p_value=0.001, family_p_value=0.02), "borderline"),
        (score(p_value=0.001, family_p_value=0.0016), "differs"),
        (score("auc", 0.9, 1e-8), "differs"),
    ],
)
def test_verdicts(made: MultivariateScore, word: str) -> None:
    page = render(results(scores=(made,)))
    assert f'class="status {word}"' in page[page.index('id="multivariate"') :]


def test_local_difference_and_closeness_are_told() -> None:
    local = LocalFault(
        observable="visible_energy", energy_mev=(1.6e4, 5.1e4), theta=(1.22, 1.55), difference=-0.76,
        error=0.2, n_model=84, n_reference=31, p_value=0.004,
    )  # fmt: skip
    close = Closeness(
        n_model=1000, n_reference=400, exact=3, near=12, near_in_reference=0, distance_ratio=0.973,
        cross_neighbours=0.41, cross_neighbours_null=0.4, p_value=0.2, permutations=1000,
    )  # fmt: skip
    page = render(results(scores=(score("local", 4.1, 1 / 201),), local=local, closeness=close))
    words = local_words(local, "E_vis", 199)
    assert words.startswith(
        "Largest local difference: E_vis at 16.0 GeV to 51.0 GeV and θ 1.22 to 1.55"
    )
    assert words.endswith("p < 0.005")
    assert "Largest local difference: E_vis at" in page
    assert f"{measured(-0.76, 0.2)} widths of Geant4" in page
    assert "12 of them are a copy of one of the reference, or nearly so, 3 cell by cell" in page
    none = close.model_copy(update={"exact": 0, "near": 0})
    assert "none of them is a copy" in closeness_words(none)


def test_the_network_on_the_cells_has_a_section_of_its_own() -> None:
    cells = ClassifierTest(
        score=score("cell_auc", 0.8, 1e-9, null_median=0.5, null_interval=(0.46, 0.54)),
        classifier=classifier(),
        notes=("few showers",),
    )
    run = results()
    assert 'id="cells"' not in render(run)
    page = render(run.with_benchmarks({"cells": cells}))
    start = page.index('id="cells"')
    section = page[start : page.index("</details>", start)]
    for words in ("CELL_AUC", "1.0×10⁻⁹", "few showers", "Weights of the network on the cells"):
        assert words in section
    start = page.index('id="multivariate"')
    assert "CELL_AUC" not in page[start : page.index("</details>", start)]
