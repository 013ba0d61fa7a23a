"""All observables together, on the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from calobench.report.equivalent import showers_note, showers_worth, worst_words
from calobench.report.figures.multivariate import draw_equivalent, draw_weights
from calobench.report.figures.style import plot_style
from calobench.report.sample_words import closeness_words, local_words
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.report.text import grouped, measured, number, p_value
from calobench.results.multivariate import (
    CellClassifier,
    ClassifierRecord,
    MultivariateResults,
    MultivariateScore,
)
from calobench.results.schema import Results
from calobench.verdict.observables import FALSE_DISCOVERIES, Status
from calobench.verdict.parts import part_level

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("multivariate.html.j2")

_AREAS = ("auc", "cell_auc")
_WORSE = {"high": "larger is worse", "low": "smaller is worse", "both": "either side is worse"}


class _Row(NamedTuple):
    name: str
    description: str
    status: str
    value: str
    interval: str
    null: str
    p: str
    n: str


class _Feature(NamedTuple):
    label: str
    loss: str


def _context(results: Results) -> Mapping[str, object] | None:
    found = results.multivariate
    if found is None:
        return None
    labels = {observable.name: observable.label for observable in results.observables}
    cells = results.benchmark("cells", CellClassifier)
    cells = cells or CellClassifier(score=None, classifier=None, notes=())
    scores = [*found.scores, *([cells.score] if cells.score else [])]
    return {
        "rows": [_row(score, results.run.alpha) for score in scores],
        "features": len(found.features),
        "notes": [*_samples(found, labels), *found.notes, *cells.notes],
        "weights": _weights(found.classifier, "trees"),
        "cell_weights": _weights(cells.classifier, "network"),
        "importance": _importance(found, labels, results.run.alpha),
        "equivalent": _equivalent(found, labels),
    }


def _samples(found: MultivariateResults, labels: Mapping[str, str]) -> list[str]:
    """Where the largest local difference is, and how close the model is to the reference."""
    words = []
    replicas = next((s.null_replicas for s in found.scores if s.name == "local"), None)
    if found.local is not None and replicas is not None:
        label = labels.get(found.local.observable, found.local.observable)
        words.append(local_words(found.local, label, replicas))
    if found.closeness is not None:
        words.append(closeness_words(found.closeness))
    return words


def _row(score: MultivariateScore, alpha: float) -> _Row:
    low, high = score.null_interval
    # An area has a Gaussian null: its p-value may be as small as it is.
    resolved = 0 if score.name in _AREAS else score.null_replicas
    return _Row(
        name=score.label,
        description=f"{score.description} {_WORSE[score.worse].capitalize()}.",
        status=_status(score, alpha),
        value=measured(score.value, score.error),
        interval=f"{number(score.interval[0])} … {number(score.interval[1])}",
        null=f"{number(score.null_median, 2)} [{number(low, 2)}, {number(high, 2)}]",
        p=p_value(score.p_value, resolved),
        n=f"{grouped(score.n_model)} / {grouped(score.n_reference)}",
    )


def _status(score: MultivariateScore, alpha: float) -> Status:
    """As for single observables, with the scores of the same exchanges taken together."""
    p = score.p_value if score.family_p_value is None else score.family_p_value
    if p <= part_level(alpha):
        return Status.DIFFERS
    return Status.BORDERLINE if p <= FALSE_DISCOVERIES else Status.COMPATIBLE


def _weights(record: ClassifierRecord | None, who: str) -> Markup | None:
    if record is None:
        return None
    words = f"Weight by the {who}, model over Geant4, of the showers of both samples"
    with plot_style():
        return inline_svg(draw_weights(record), f"weights-{who}", words)


def _importance(
    found: MultivariateResults, labels: Mapping[str, str], alpha: float
) -> list[_Feature]:
    """Features without which the classifier guesses worse, if it does more than guess."""
    guesses = any(s.name == "auc" and _status(s, alpha) is Status.COMPATIBLE for s in found.scores)
    if found.classifier is None or guesses:
        return []
    return [
        _Feature(labels.get(one.name, one.name.replace("_", " ")), number(one.loss, 2))
        for one in found.classifier.importance
        if one.loss > 0
    ]


def _equivalent(
    found: MultivariateResults, labels: Mapping[str, str]
) -> Mapping[str, object] | None:
    if found.equivalent is None:
        return None
    worth = showers_worth(found.equivalent)
    with plot_style():
        svg = inline_svg(
            draw_equivalent(found.equivalent),
            "equivalent",
            f"Mean Kolmogorov-Smirnov distance against number of Geant4 showers; the model: {worth}",
        )
    return {
        "svg": svg,
        "worth": worth,
        "note": showers_note(found.equivalent),
        "observables": found.equivalent.n_observables,
        "worst": worst_words(found.equivalent, labels),
    }


SECTIONS = (
    Section(
        "multivariate",
        "All observables together",
        10,
        _context,
        _TEMPLATE,
    ),
)
