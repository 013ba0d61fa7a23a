"""Many-dimensional scores as rows of a table, and the weights of a classifier as a figure."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from calobench.report.figures.multivariate import draw_roc, draw_weights
from calobench.report.figures.style import plot_style
from calobench.report.svg import inline_svg
from calobench.report.text import grouped, measured, number, p_value
from calobench.results.multivariate import ClassifierRecord, MultivariateScore
from calobench.verdict.marks import status_of
from calobench.verdict.parts import part_level

__all__ = ["ScoreRow", "roc_figure", "score_row", "weights_figure"]

_WORSE = {"high": "larger is worse", "low": "smaller is worse", "both": "either side is worse"}


class ScoreRow(NamedTuple):
    """A score in words."""

    name: str
    description: str
    status: str
    value: str
    interval: str
    null: str
    p: str
    n: str


def score_row(score: MultivariateScore, alpha: float) -> ScoreRow:
    """A row of the table.

    Args:
        score: to be shown.
        alpha: false-alarm rate of the verdict.
    """
    low, high = score.null_interval
    # A p-value that no count of replicas can give is that of a law, and may be as small as it is.
    counted = score.p_value * (score.null_replicas + 1) > 1 - 1e-9
    return ScoreRow(
        name=score.label,
        description=f"{score.description} {_WORSE[score.worse].capitalize()}.",
        status=status_of(score.p_value, score.family_p_value, part_level(alpha)),
        value=measured(score.value, score.error),
        interval=f"{number(score.interval[0])} … {number(score.interval[1])}",
        null=f"{number(score.null_median, 2)} [{number(low, 2)}, {number(high, 2)}]",
        p=p_value(score.p_value, score.null_replicas if counted else 0),
        n=f"{grouped(score.n_model)} / {grouped(score.n_reference)}",
    )


def weights_figure(record: ClassifierRecord, who: str) -> Markup:
    """Histograms of the density ratio that a classifier has learnt.

    Args:
        record: of the classifier.
        who: what it is, one word, e.g. ``trees``.
    """
    words = f"Weight by the {who}, model over Geant4, of the showers of both samples"
    with plot_style():
        return inline_svg(draw_weights(record), f"weights-{who}", words)


def roc_figure(record: ClassifierRecord, who: str) -> Markup:
    """The ROC curve of a classifier.

    Args:
        record: of the classifier.
        who: in one word; part of the picture's anchor.
    """
    with plot_style():
        return inline_svg(draw_roc(record), f"roc-{who}", f"ROC curve of the {who}")
