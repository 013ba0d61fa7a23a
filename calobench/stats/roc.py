"""Area under the ROC curve, its sampling error, and its law where two samples agree."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, rankdata

__all__ = ["Area", "area_under_roc", "combined_p_value", "guessing_p_value"]

Array = NDArray[np.float64]


class Area(NamedTuple):
    """An area under the ROC curve.

    Attributes:
        value: probability that a positive has the higher output, ties counting half.
        variance: of the value, over samples of positives and negatives of these sizes.
    """

    value: float
    variance: float


def area_under_roc(positives: Array, negatives: Array) -> Area:
    """Area under the ROC curve of fixed outputs, with the variance of DeLong.

    The variance is that of the mean placements of either class (DeLong, DeLong and Clarke-Pearson,
    *Biometrics* 44 (1988) 837). It knows the showers that are judged, not those trained on.

    Args:
        positives: outputs, (m,), m >= 2.
        negatives: outputs, (n,), n >= 2.
    """
    m, n = len(positives), len(negatives)
    ranks = rankdata(np.concatenate([positives, negatives]))
    below = (ranks[:m] - rankdata(positives)) / n
    above = 1 - (ranks[m:] - rankdata(negatives)) / m
    variance = below.var(ddof=1) / m + above.var(ddof=1) / n
    return Area(float(below.mean()), float(variance))


def guessing_p_value(positives: Array, negatives: Array) -> float:
    """Probability that outputs that say nothing give an area at least as large.

    The one-sided test of Mann and Whitney, corrected for ties. If both samples are of the same
    distribution and the outputs are of a function that has seen none of them, its level is exact.

    Args:
        positives: outputs, (m,).
        negatives: outputs, (n,).
    """
    together = np.concatenate([positives, negatives])
    if together.min() == together.max():
        return 1.0
    return float(mannwhitneyu(positives, negatives, alternative="greater").pvalue)


def combined_p_value(p_values: Array) -> float:
    """One p-value of several tests of the same hypothesis, however they depend on each other.

    Twice the median: it is at most alpha with a probability of at most alpha (Ruger, *Metrika* 25
    (1978) 171; Meinshausen, Meier and Buhlmann, *JASA* 104 (2009) 1671).

    Args:
        p_values: (K,), K odd.
    """
    return float(min(1.0, 2 * np.median(p_values)))
