"""Jensen-Shannon divergence, in bits: what one shower tells about which sample it is from.

Formula: 1/2 sum [p log2(2p / (p + q)) + q log2(2q / (p + q))], over the bins of normalised histograms.

Pitfalls: like the separation power it is positive for samples that agree, and depends on bins and numbers
of showers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction, Values
from calobench.evaluation.univariate.samples import Distributions, Profiles, Weights

__all__ = ["SCORES"]

Array = NDArray[np.float64]


def _of_distributions(samples: Distributions, weights: Weights) -> Values:
    """Of two histograms, under- and overflow included.

    Its null is that of chi-square over 8 ln 2 times (1/N + 1/M), with as many degrees of freedom.
    """
    return Values(_divergence(*samples.histograms(weights)))


def _of_profiles(samples: Profiles, weights: Weights) -> Values:
    """Of the two mean profiles, each normalised to unit sum."""
    means = samples.means(weights)
    # A mean of something that can be negative is no fraction of anything.
    return Values(_divergence(np.maximum(means.reference, 0), np.maximum(means.model, 0)))


def _divergence(a: Array, b: Array) -> Array:
    """Half the sum of p log2(2 p / (p + q)) + q log2(2 q / (p + q)) of the normalised rows, (B,).

    Lin, *IEEE Transactions on Information Theory* 37 (1991) 145. 0 for equal rows and 1 for rows
    that have no bin in common; an empty row has nothing in common with one that is not empty.
    """
    a_total, b_total = a.sum(axis=1, keepdims=True), b.sum(axis=1, keepdims=True)
    # Counts times the other's total: whole numbers, so that equal samples give exactly 0.
    p, q = a * b_total, b * a_total
    both = p + q
    total = np.where(a_total * b_total > 0, a_total * b_total, 1)
    divergence = np.zeros(len(a))
    for part in (p, q):
        twice = np.divide(2 * part, both, out=np.ones_like(both), where=part > 0)
        divergence += (part * np.log2(twice) / total).sum(axis=1) / 2
    one_is_empty = (a_total > 0)[:, 0] != (b_total > 0)[:, 0]
    return np.where(one_is_empty, 1.0, np.clip(divergence, 0, 1))


SCORES = (
    ScoreFunction(
        "jensen_shannon",
        _of_distributions,
        _of_profiles,
        order=2,
        title="Jensen-Shannon",
        unit="bit",
        description=(
            "Jensen-Shannon divergence: what one shower tells on average about which of the two samples "
            "it is from."
        ),
        # It says what the separation power says.
        page=False,
    ),
)
