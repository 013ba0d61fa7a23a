"""The statements of the page are limited by the number of pairs."""

from __future__ import annotations

from typing import Any

import pytest
from diphoton_factory import BINS, make_diphoton
from results_factory import make_results

from calobench.benchmarks.diphoton.page import context
from calobench.benchmarks.diphoton.record import (
    BinValue,
    CurveRecord,
    CurveScoreRecord,
    DiphotonResults,
    TurnonRecord,
)
from calobench.benchmarks.diphoton.words import (
    detectable,
    diphoton_words,
    few_pairs,
    half_resolved,
    would_be_seen,
)
from calobench.report.verdict import verdict


def shown(record: DiphotonResults) -> dict[str, Any]:
    return dict(context(record))


def with_curves(record: Any, p_value: Any) -> Any:
    point = BinValue(n=50, value=0.9, low=0.89, high=0.91, seeds=(0.88, 0.91, 0.9))
    curves = tuple(
        CurveRecord(
            name=name, label=name, unit="", reference=(point,) * BINS, model=(point,) * BINS,
            score=CurveScoreRecord(
                value=9.0 if p_value < 0.05 else 0.9, ndf=6, error=0.5, null_median=0.9, null_95=2.0,
                p_value=p_value, n_model=record.model.pairs, n_reference=record.reference.pairs,
            ),
        )
        for name in ("exactly_two", "response")
    )  # fmt: skip
    return record.model_copy(update={"curves": curves})


@pytest.mark.parametrize(
    ("pairs", "p_value", "kind", "status", "words"),
    [
        (500, 0.4, "good", "compatible", "no difference is visible in 2 curves"),
        (500, 0.005, "bad", "differs", "2 of 2 curves differ"),
        (299, 0.4, "note", "too few pairs", "are too few to tell"),
        (299, 0.005, "bad", "differs", "2 of 2 curves differ"),
    ],
)
def test_agreement_needs_pairs_and_a_difference_does_not(
    pairs: int, p_value: float, kind: str, status: str, words: str
) -> None:
    record = with_curves(make_diphoton(2, pairs=pairs), p_value)
    kind_said, text = diphoton_words(record)
    assert (kind_said, few_pairs(record)) == (kind, pairs < 300)
    assert words in text
    assert "would be seen with 80 % power" in text
    assert {row.status for row in shown(record)["rows"]} == {status}
    if status == "too few pairs":
        assert not any(word in text for word in ("agree", "compatible", "no difference"))
    results = make_results().with_benchmarks({"diphoton": record})
    assert (kind, text) in verdict(results).sentences


def test_what_would_be_seen_is_2_8_errors_of_the_difference() -> None:
    record = make_diphoton(2, pairs=400)
    assert detectable(record, "half_separation") == pytest.approx(2.8016 * 0.1 * 2**0.5, rel=1e-4)
    assert would_be_seen(record, "half_separation") == "0.40 mm"
    metric = next(m for m in record.metrics.metrics if m.name == "diphoton.response")
    expected = 280.16 * (metric.error**2 + metric.reference_error**2) ** 0.5
    assert would_be_seen(record, "response") == f"{expected:.2g} %"


def test_a_metric_that_could_not_be_measured_is_shown_without_it() -> None:
    record = with_curves(make_diphoton(2), 0.4)
    none = record.metrics.model_copy(update={"metrics": ()})
    record = record.model_copy(update={"metrics": none})
    assert would_be_seen(record, "response") == ""
    assert "would be seen" not in diphoton_words(record)[1]
    assert shown(record)["rows"][0].seen == "–"


@pytest.mark.parametrize(
    ("fractions", "low", "words"),
    [
        ((0.6, 0.9, None, 1.0), 25.0, "below 25 mm"),
        ((0.6, 0.9, 1.0, 1.0), 0.0, "everywhere"),
        ((0.0, 0.1, None, 0.49), 25.0, "never up to 55 mm"),
        ((0.0, 0.0, 0.0, 0.0), 0.0, "never up to 55 mm"),
        ((0.1, 0.4, 0.5, 0.5), 0.0, "not known"),
        ((None,) * 4, 0.0, "not known"),
    ],
)
def test_without_a_half_way_point_it_is_told_on_which_side_it_lies(
    fractions: Any, low: float, words: str
) -> None:
    def points(values: Any) -> Any:
        return tuple(
            BinValue(n=9, value=v, low=v, high=v) if v is not None
            else BinValue(n=0, value=None, low=None, high=None)
            for v in values
        )  # fmt: skip

    record = make_diphoton(2)
    ones = points((1.0,) * 4)
    curves = tuple(
        CurveRecord(name=name, label=name, unit="", reference=ones, model=model)
        for name, model in (("exactly_two", points(fractions)), ("response", ones))
    )
    half = record.turnon.reference_mm
    record = record.model_copy(
        update={
            "curves": curves,
            "turnon": TurnonRecord(reference_mm=half, model_mm=None),
            "settings": record.settings.model_copy(update={"edges_mm": (low, 30, 40, 45, 55)}),
        }
    )
    assert half_resolved(record, "model") == words
    assert half_resolved(record, "reference").startswith("(12.50")
    tiles = dict(shown(record)["turnon"])
    assert tiles["model"] == words
    assert tiles["Geant4"] == half_resolved(record, "reference")
