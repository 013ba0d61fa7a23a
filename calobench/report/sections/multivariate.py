"""All observables together, on the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from calobench.report.equivalent import showers_note, showers_worth, worst_words
from calobench.report.figures.multivariate import draw_equivalent
from calobench.report.figures.style import plot_style
from calobench.report.sample_words import closeness_words, local_words
from calobench.report.score_rows import roc_figure, score_row, weights_figure
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.report.text import number
from calobench.results.multivariate import MultivariateResults
from calobench.results.schema import Results
from calobench.verdict.decision import decide
from calobench.verdict.marks import marked

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("multivariate.html.j2")


class _Feature(NamedTuple):
    label: str
    loss: str


def _context(results: Results) -> Mapping[str, object] | None:
    record = results.multivariate
    if record is None:
        return None
    labels = {observable.name: observable.label for observable in results.observables}
    return {
        "rows": [score_row(score, results.run.alpha) for score in record.scores],
        "features": len(record.features),
        "notes": [*_samples(record, labels), *record.notes],
        "roc": None if record.classifier is None else roc_figure(record.classifier, "trees"),
        "weights": None
        if record.classifier is None
        else weights_figure(record.classifier, "trees"),
        "importance": _importance(results, labels),
        "equivalent": _equivalent(record, labels),
    }


def _samples(record: MultivariateResults, labels: Mapping[str, str]) -> list[str]:
    """Notes on the largest local difference, and on how close the model is to the reference."""
    words = []
    if record.local is not None and record.family is not None:
        label = labels.get(record.local.observable, record.local.observable)
        words.append(local_words(record.local, label, record.family.permutations))
    if record.closeness is not None:
        words.append(closeness_words(record.closeness))
    return words


def _importance(results: Results, labels: Mapping[str, str]) -> list[_Feature]:
    """Features without which the classifier guesses worse, if it does more than guess."""
    classifier = None if results.multivariate is None else results.multivariate.classifier
    part = decide(results).part("alone")
    if classifier is None or (part is not None and not marked(part.p_value)):
        return []
    return [
        _Feature(labels.get(one.name, one.name.replace("_", " ")), number(one.loss, 2))
        for one in classifier.importance
        if one.loss > 0
    ]


def _equivalent(
    record: MultivariateResults, labels: Mapping[str, str]
) -> Mapping[str, object] | None:
    if record.equivalent is None:
        return None
    worth = showers_worth(record.equivalent)
    with plot_style():
        svg = inline_svg(
            draw_equivalent(record.equivalent),
            "equivalent",
            f"Mean Kolmogorov-Smirnov distance against number of Geant4 showers; the model: {worth}",
        )
    return {
        "svg": svg,
        "worth": worth,
        "note": showers_note(record.equivalent),
        "observables": record.equivalent.n_observables,
        "worst": worst_words(record.equivalent, labels),
    }


SECTIONS = (
    Section(
        "multivariate",
        "Classifiers, all observables together",
        70,
        _context,
        _TEMPLATE,
    ),
)
