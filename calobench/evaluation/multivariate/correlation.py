"""Whether quantities vary together as they do in Geant4."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.labelled import labelled_moments
from calobench.evaluation.multivariate.samples import Pool

__all__ = ["correlation_difference", "correlation_differences", "correlations"]

Array = NDArray[np.float64]


def correlations(columns: Array, weights: Array | None = None) -> Array:
    """Pearson correlation matrix; a column that does not vary is correlated with nothing.

    Args:
        columns: (N, d).
        weights: of the rows, (N,); None for ones.

    Returns:
        (d, d) with ones on the diagonal.
    """
    w = np.ones(len(columns)) if weights is None else weights
    centred = columns - w @ columns / w.sum()
    covariance = (centred * w[:, None]).T @ centred / w.sum()
    spread = np.sqrt(np.diagonal(covariance))
    # Below this a spread is rounding.
    varies = spread > 1e-9 * np.abs(columns).max(axis=0, initial=0)
    matrix: Array = covariance / np.outer(*(np.where(varies, spread, 1.0),) * 2)
    matrix[~varies, :] = matrix[:, ~varies] = 0
    np.fill_diagonal(matrix, 1.0)
    return matrix


def correlation_difference(first: Array, second: Array) -> float:
    """Root mean square, over all pairs of columns, of the difference of their correlations.

    Args:
        first: correlation matrix, (d, d).
        second: (d, d).

    Returns:
        From 0 to 2; 0 for less than two columns.
    """
    pairs = np.triu_indices(len(first), k=1)
    if len(pairs[0]) == 0:
        return 0.0
    return float(np.sqrt(np.mean((first - second)[pairs] ** 2)))


def correlation_differences(pool: Pool, labels: NDArray[np.bool_]) -> Array:
    """The difference between model and reference for each labelling, (B,).

    Args:
        pool: both samples, the columns as features.
        labels: true for the model, (B, N).
    """
    largest = np.abs(pool.features).max(axis=0, initial=0)
    reference, model = (
        side.correlations(largest) for side in labelled_moments(pool.features, labels)
    )
    pairs = np.triu_indices(reference.shape[1], k=1)
    if len(pairs[0]) == 0:
        return np.zeros(len(labels))
    squares = (reference[:, pairs[0], pairs[1]] - model[:, pairs[0], pairs[1]]) ** 2
    differences: Array = np.sqrt(squares.mean(axis=1))
    return differences
