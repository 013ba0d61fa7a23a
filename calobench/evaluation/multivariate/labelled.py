"""Means and covariances of both samples for many labellings of the same showers, in one product."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelledMoments", "labelled_moments"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Showers whose products of features are in memory at once: 40 MB for 46 features.
ROWS = 5000


class LabelledMoments(NamedTuple):
    """Of one sample in each of B labellings.

    Attributes:
        mean: (B, d).
        covariance: with n - 1, (B, d, d).
    """

    mean: Array
    covariance: Array

    def correlations(self, largest: Array) -> Array:
        """Pearson correlation matrices; a column that does not vary is correlated with nothing.

        Args:
            largest: absolute value of each column, beside which a spread may be rounding, (d,).
        """
        spread = np.sqrt(np.maximum(np.diagonal(self.covariance, axis1=1, axis2=2), 0))
        varies = spread > 1e-9 * largest
        scale = np.where(varies, spread, 1.0)
        matrix: Array = self.covariance / (scale[:, :, None] * scale[:, None, :])
        matrix *= varies[:, :, None] & varies[:, None, :]
        diagonal = np.arange(matrix.shape[1])
        matrix[:, diagonal, diagonal] = 1.0
        return matrix


def labelled_moments(features: Array, labels: Mask) -> tuple[LabelledMoments, LabelledMoments]:
    """Of the reference and of the model.

    Args:
        features: of the showers of both samples, (N, d).
        labels: true for the model, (B, N).
    """
    centre = features.mean(axis=0)
    upper = np.triu_indices(features.shape[1])
    first = np.zeros((2, len(labels), features.shape[1]))
    second = np.zeros((2, len(labels), len(upper[0])))
    for start in range(0, len(features), ROWS):
        rows = features[start : start + ROWS] - centre
        products = rows[:, upper[0]] * rows[:, upper[1]]
        of_model = labels[:, start : start + ROWS].astype(np.float64)
        first[1] += of_model @ rows
        second[1] += of_model @ products
        first[0] += rows.sum(axis=0)
        second[0] += products.sum(axis=0)
    first[0] -= first[1]
    second[0] -= second[1]
    n_model = np.count_nonzero(labels, axis=1)
    reference, model = (
        _moments(
            len(features) - n_model if side == 0 else n_model, first[side], second[side], upper
        )
        for side in (0, 1)
    )
    return (
        LabelledMoments(reference.mean + centre, reference.covariance),
        LabelledMoments(model.mean + centre, model.covariance),
    )


def _moments(
    n: NDArray[np.intp], first: Array, second: Array, upper: tuple[NDArray[np.intp], ...]
) -> LabelledMoments:
    mean = first / n[:, None]
    matrix = np.empty((len(n), mean.shape[1], mean.shape[1]))
    matrix[:, upper[0], upper[1]] = matrix[:, upper[1], upper[0]] = second
    scatter = matrix - n[:, None, None] * mean[:, :, None] * mean[:, None, :]
    return LabelledMoments(mean, scatter / np.maximum(n - 1, 1)[:, None, None])
