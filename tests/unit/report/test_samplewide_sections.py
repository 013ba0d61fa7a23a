"""The sections on dependence and correlations."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from results_factory import make_results
from toy_detector import toy_detector
from toy_samples import make_sample

from calobench.evaluation.conditional.dependence import sample_wide
from calobench.observables import Observable
from calobench.report import html
from calobench.report.section import all_sections
from calobench.results.schema import Results

NAMES = {
    "depth": "centre_of_gravity_z",
    "visible": "response",
    "radius": "radius_90",
    "hits": "hits",
}


def renamed(table: Any) -> Any:
    scalars = {NAMES[name]: values for name, values in table.scalars.items()}
    return type(table)(table.conditions, scalars, table.profiles)


@pytest.fixture(scope="module")
def results() -> Results:
    rng = np.random.default_rng(1)
    observables = [
        Observable(name, name, "", "toy", "A number.", lambda p: p.total) for name in NAMES.values()
    ]
    sample = sample_wide(
        renamed(make_sample(rng, 400)),
        renamed(make_sample(rng, 300, shift=1.0)),
        toy_detector(n_z=6),
        observables,
        paired=False,
    )
    whole_run = make_results(n=300, events=1)
    # The factory's observables have other names: some get those of the sample. One has no entry.
    lent = [
        one.model_copy(update={"name": name, "label": f"<{name}>"})
        for one, name in zip(whole_run.observables, list(NAMES.values())[:3], strict=False)
    ]
    return whole_run.model_copy(update={"sample": sample, "observables": tuple(lent)})


@pytest.fixture(scope="module")
def contexts(results: Results) -> Any:
    sections = {one.name: one for one in all_sections()}
    return {
        name: sections[name].context(results) for name in ("energy", "dependence", "correlations")
    }


def test_without_sample_wide_quantities_there_are_no_sections() -> None:
    run = make_results(events=1)
    for section in all_sections():
        if section.name in ("dependence", "correlations"):
            assert section.context(run) is None


def test_curves_that_a_physicist_looks_at_first(contexts: Any) -> None:
    energy = [plot.title for plot in contexts["energy"]["plots"]]
    assert energy[:3] == ["Response", "Resolution", "Linearity"]
    assert energy[-2:] == ["<response> against polar angle", "<response> against azimuth"]


def test_the_observable_that_is_off_leads_the_table(contexts: Any) -> None:
    first = contexts["dependence"]["rows"][0]
    assert (first.label, first.what) == ("<centre_of_gravity_z>", "mean")
    assert first.where == "all showers"
    assert first.pull.startswith("+")
    assert "σ" in first.value
    labels = [row.label for row in contexts["dependence"]["rows"]]
    assert len(set(labels)) == len(labels)


def test_counts_of_the_map(contexts: Any, results: Results) -> None:
    sample: Any = results.sample
    bins = sum(len(one.n_model) for one in (sample.inclusive, *sample.binned))
    assert contexts["dependence"]["entries"] == str(2 * 4 * bins)
    assert int(contexts["dependence"]["large"]) >= bins - 4


def test_correlations_are_summarised(contexts: Any) -> None:
    assert [line.title for line in contexts["correlations"]["summaries"]] == [
        "all showers",
        "fixed energy and angle",
        "layers along z",
    ]
    assert [line.pairs for line in contexts["correlations"]["summaries"]] == [6, 6, 15]
    assert len(contexts["correlations"]["squares"]) == 3
    assert len(contexts["correlations"]["layers"]) == 2


def test_the_page_has_both_and_escapes_labels(results: Results) -> None:
    page = html.render(results)
    assert 'id="dependence"' in page
    assert 'id="correlations"' in page
    assert "&lt;centre_of_gravity_z&gt;" in page
    assert "<centre_of_gravity_z>" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    # What the two add to the page: a megabyte has to hold all others.
    assert len(page) - len(html.render(results.model_copy(update={"sample": None}))) < 250_000


def test_the_same_results_give_the_same_sections(results: Results, contexts: Any) -> None:
    sections = {one.name: one for one in all_sections()}
    for name, context in contexts.items():
        assert sections[name].context(results) == context


def test_bins_without_enough_showers_are_drawn(results: Results) -> None:
    sample = results.sample
    nothing = tuple(None for _ in sample.binned[0].n_model)
    fields = [f for f in type(sample.binned[0].observables[0]).model_fields if f != "name"]
    hollow = sample.binned[0].model_copy(
        update={
            "observables": tuple(
                one.model_copy(update=dict.fromkeys(fields, nothing))
                for one in sample.binned[0].observables
            )
        }
    )
    run = results.model_copy(
        update={"sample": sample.model_copy(update={"binned": (hollow,), "correlations": ()})}
    )
    sections = {one.name: one for one in all_sections()}
    assert sections["dependence"].context(run)["map"]
    titles = [plot.title for plot in sections["energy"].context(run)["plots"]]
    assert titles == ["Response", "Resolution", "Linearity"]
    assert sections["correlations"].context(run) is None
