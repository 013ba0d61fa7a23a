"""Wasserstein-1 distance in units of the reference's standard deviation.

In one dimension W1 is the area between the two cumulative distributions (Vallender, *Theory of
Probability and its Applications* 18 (1974) 784). Divided by the spread of the reference it is a
pure number: 0.1 means that the showers would have to be moved by a tenth of a standard deviation
on average.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.scores.base import ScoreFunction, Values
from calobench.scores.samples import Distributions, Profiles, Weights

__all__ = ["NOTHING_TO_COMPARE", "SCORES"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Score when one sample has no defined value (or no energy) and the other has: there is no distance,
# and the score has to be finite and worse than any sample with values can plausibly reach.
NOTHING_TO_COMPARE = 100.0


class _Pooled(NamedTuple):
    """The defined values of both samples in increasing order.

    Attributes:
        reference: indices of the reference's defined values, (n,).
        model: indices of the model's defined values, (m,).
        order: sorts reference and model put one after the other, (n+m,).
        gaps: between neighbouring sorted values, (n+m-1,).
        centred: the reference's defined values less their mean, (n,).
        scale: their standard deviation; 1 if they are constant.
    """

    reference: NDArray[np.intp]
    model: NDArray[np.intp]
    order: NDArray[np.intp]
    gaps: Array
    centred: Array
    scale: float


def _of_distributions(samples: Distributions, weights: Weights) -> Values:
    """Exact W1 of two empirical distributions of any sizes.

    Showers for which the observable is undefined are left out (the histograms of the other scores
    count them); if that leaves nothing of one sample the score is ``NOTHING_TO_COMPARE``. A
    constant reference has no scale: the score is then in the observable's own unit.
    """
    pooled = _pool(samples)
    n, m = weights.reference[:, pooled.reference], weights.model[:, pooled.model]
    n_total, m_total = n.sum(axis=1, keepdims=True), m.sum(axis=1, keepdims=True)
    # Whole numbers until the division, so that equal samples give exactly 0.
    steps = np.concatenate([n * m_total, -m * n_total], axis=1)[:, pooled.order]
    area = np.abs(np.cumsum(steps, axis=1)[:, :-1]) @ pooled.gaps
    area /= np.maximum(n_total * m_total, 1)[:, 0]
    scale = _spread(pooled.centred, n / np.maximum(n_total, 1), pooled.scale)
    return Values(_or_nothing(area / scale, n_total[:, 0] > 0, m_total[:, 0] > 0))


def _of_profiles(samples: Profiles, weights: Weights) -> Values:
    """W1 along the axis between the mean profiles, each normalised to unit sum.

    In units of the standard deviation of the reference's mean profile along the axis, or of the
    axis itself where that profile is a single entry.
    """
    means = samples.means(weights)
    x = samples.coordinates
    n_total = means.reference.sum(axis=1, keepdims=True)
    m_total = means.model.sum(axis=1, keepdims=True)
    p = means.reference / np.where(n_total > 0, n_total, 1)
    q = means.model / np.where(m_total > 0, m_total, 1)
    area = np.abs(np.cumsum(p - q, axis=1)[:, :-1]) @ np.diff(x)
    scale = _spread(x - x.mean(), p, float(x.std()) or 1.0)
    return Values(_or_nothing(area / scale, n_total[:, 0] > 0, m_total[:, 0] > 0))


def _pool(samples: Distributions) -> _Pooled:
    reference = np.flatnonzero(~np.isnan(samples.reference))
    model = np.flatnonzero(~np.isnan(samples.model))
    values = samples.reference[reference]
    together = np.concatenate([values, samples.model[model]])
    order = np.argsort(together, kind="stable")
    centred = values - values.mean() if len(values) else values
    spread = float(np.sqrt(np.mean(centred**2))) if len(values) else 0.0
    varies = spread > 1e-12 * np.abs(values).max(initial=0)
    return _Pooled(
        reference, model, order, np.diff(together[order]), centred, spread if varies else 1.0
    )


def _spread(x: Array, probabilities: Array, fallback: float) -> Array:
    """Standard deviation of ``x`` (K,) under each row of probabilities (B, K); never 0, (B,)."""
    variance = probabilities @ x**2 - (probabilities @ x) ** 2
    spread: Array = np.sqrt(np.where(variance > 1e-12 * fallback**2, variance, fallback**2))
    return spread


def _or_nothing(distance: Array, has_reference: Mask, has_model: Mask) -> Array:
    one_is_empty = has_reference != has_model
    return np.where(one_is_empty, NOTHING_TO_COMPARE, distance)


SCORES = (ScoreFunction("wasserstein", _of_distributions, _of_profiles),)
