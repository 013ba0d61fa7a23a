"""The ROC curve of a classifier, from the histograms of its weight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.results.multivariate import ClassifierRecord

__all__ = ["RocPoints", "roc_points"]

Array = NDArray[np.float64]


class RocPoints(NamedTuple):
    """Fractions of both samples above thresholds, from none to all.

    Attributes:
        log10_threshold: of the weight, model over Geant4: it rises with the classifier's output, (K,).
        false: fraction of Geant4's showers above it, (K,).
        true: fraction of the model's showers above it, (K,).
    """

    log10_threshold: Array
    false: Array
    true: Array


def roc_points(record: ClassifierRecord) -> RocPoints:
    """One point per edge of the histograms, with both ends.

    Args:
        record: of the classifier.
    """
    false, true = (
        np.concatenate([[0.0], np.cumsum(np.array(counts)[::-1])]) / max(sum(counts), 1)
        for counts in (record.reference, record.model)
    )
    edges = np.array(record.log10_edges)[::-1]
    return RocPoints(np.concatenate([[np.inf], edges, [-np.inf]]), false, true)
