"""Wasserstein-1 distance in units of the reference's standard deviation.

In one dimension W1 is the area between the two cumulative distributions (Vallender, *Theory of
Probability and its Applications* 18 (1974) 784). Divided by the spread of the reference it is a
pure number: 0.1 means that the showers would have to be moved by a tenth of a standard deviation
on average.

Formula: W1 = integral of |F(x) - G(x)| dx / sigma_ref, with F and G the cumulative distributions.

Pitfalls: it is never negative, so that samples that agree give more than 0, the more the fewer showers:
read it beside its null. It has the sensitivity of a mean: a small population far away counts by its
distance. For an observable with a heavy tail sigma_ref is that of the tail.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction, Values
from calobench.evaluation.univariate.samples import Distributions, Profiles, Weights

__all__ = ["NOTHING_TO_COMPARE", "SCORES"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Score when one sample has no defined value (or no energy) and the other has: there is no distance,
# and the score has to be finite and worse than any sample with values can plausibly reach.
NOTHING_TO_COMPARE = 100.0

# Standard deviations. To see a smaller difference in independent samples takes a million showers; in fewer it
# is a copy of the reference with another rounding.
NEGLIGIBLE = 1e-3


def _of_distributions(samples: Distributions, weights: Weights) -> Values:
    """W1 of two empirical distributions of any sizes, exact for the samples as they are.

    Showers for which the observable is undefined are left out (the histograms of the other scores
    count them); if that leaves nothing of one sample the score is ``NOTHING_TO_COMPARE``. A
    constant reference has no scale: the score is then in the observable's own unit.
    """
    counts = samples.counts(weights)
    n, m = counts.reference_total, counts.model_total
    # Whole numbers until the division, so that equal samples give exactly 0.
    area = np.diff(counts.points) @ np.abs(counts.difference.T[:-1])
    area /= np.maximum(n * m, 1)
    centre, fallback = _centre_and_spread(samples.reference)
    x = counts.points - centre
    probabilities = counts.reference / np.maximum(n, 1)[:, None]
    return Values(_or_nothing(area / _spread(x, probabilities, fallback), n > 0, m > 0))


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


def _centre_and_spread(values: Array) -> tuple[float, float]:
    """Mean and standard deviation of the defined values; 0 and 1 where there is none."""
    values = values[~np.isnan(values)]
    if not len(values):
        return 0.0, 1.0
    centre, spread = float(values.mean()), float(values.std())
    return centre, spread if spread > 1e-12 * np.abs(values).max() else 1.0


def _spread(x: Array, probabilities: Array, fallback: float) -> Array:
    """Standard deviation of ``x`` (K,) under each row of probabilities (B, K); never 0, (B,)."""
    variance = probabilities @ x**2 - (probabilities @ x) ** 2
    spread: Array = np.sqrt(np.where(variance > 1e-12 * fallback**2, variance, fallback**2))
    return spread


def _or_nothing(distance: Array, has_reference: Mask, has_model: Mask) -> Array:
    one_is_empty = has_reference != has_model
    return np.where(one_is_empty, NOTHING_TO_COMPARE, distance)


SCORES = (
    ScoreFunction(
        "wasserstein",
        _of_distributions,
        _of_profiles,
        title="W₁",
        unit="σ",
        description=(
            "Wasserstein distance: how far the model's distribution must be moved to become that of "
            "Geant4, in standard deviations of Geant4. 0.1 means: as if every shower were shifted by a "
            "tenth of the natural spread. For a profile: between the two mean shapes along their axis, "
            "in standard deviations of the Geant4 shape."
        ),
        terminal=True,
        judges=1,
        averaged=True,
        effect_size=True,
        negligible=NEGLIGIBLE,
    ),
)
