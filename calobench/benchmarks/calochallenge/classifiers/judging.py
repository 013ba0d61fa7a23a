"""Area under the ROC curve and Jensen-Shannon divergence of classifiers, with errors and nulls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.calochallenge.classifiers.rotation import Outputs, Split
from calobench.benchmarks.calochallenge.record import ClassifierMeasure
from calobench.stats.roc import Area, area_under_roc, combined_p_value, guessing_p_value

__all__ = ["Judgement", "judge", "measure", "p_value"]

Array = NDArray[np.float64]

# Calibrated probabilities stay this far from 0 and 1, as in the original.
_MARGIN = 1e-6


class Judgement(NamedTuple):
    """The performance of one classifier on the showers that it has not seen.

    Attributes:
        auc: area under the ROC curve of the calibrated probabilities.
        jsd: Jensen-Shannon divergence of the two samples in bits, as far as the classifier sees it;
            negative where it is worse than guessing.
        p_value: how often guessing reaches that area.
    """

    auc: Area
    jsd: Area
    p_value: float


def judge(outputs: Outputs, split: Split) -> Judgement:
    """Calibrate a classifier on the showers it was chosen with, and judge it on the others.

    The calibration is isotonic. The divergence is 1 - BCE / ln 2, of the mean binary cross entropy BCE.

    Args:
        outputs: of the classifier.
        split: that it was trained with.
    """
    from sklearn.isotonic import IsotonicRegression

    calibration = IsotonicRegression(out_of_bounds="clip", y_min=_MARGIN, y_max=1 - _MARGIN)
    calibration.fit(_sigmoid(outputs.select), split.labels[split.select])
    probability = calibration.predict(_sigmoid(outputs.report)).astype(np.float64)
    is_reference = split.labels[split.report]
    sides = probability[is_reference], probability[~is_reference]
    information = 1 + np.log2(np.where(is_reference, probability, 1 - probability))
    return Judgement(
        area_under_roc(*sides),
        Area(float(information.mean()), float(information.var(ddof=1) / len(information))),
        guessing_p_value(*sides),
    )


def measure(areas: list[Area], null: list[Area]) -> ClassifierMeasure:
    """Mean over the classifiers with its error, and what classifiers reach where nothing can be learnt.

    The error is the larger of two, over the root of the number of classifiers: their scatter, which
    knows their training too but of which five say little, and what their showers alone make it.

    Args:
        areas: of each classifier.
        null: of classifiers trained with exchanged labels.
    """
    values, null_values = (np.array([one.value for one in side]) for side in (areas, null))
    variance = max(values.var(ddof=1), np.mean([one.variance for one in areas]))
    return ClassifierMeasure(
        value=float(values.mean()),
        error=float(np.sqrt(variance / len(areas))),
        spread=float(values.std(ddof=1)),
        null=float(null_values.mean()),
        null_spread=float(null_values.std(ddof=1)),
        folds=tuple(map(float, values)),
        null_folds=tuple(map(float, null_values)),
    )


def p_value(judgements: list[Judgement]) -> float:
    """Twice the median of the classifiers' p-values."""
    return combined_p_value(np.array([one.p_value for one in judgements]))


def _sigmoid(logit: Array) -> Array:
    probability: Array = 0.5 * (1 + np.tanh(0.5 * logit))
    return probability
