"""Frechet physics distance: how far apart the means and covariances of two samples are.

With N showers the plain distance of two samples that agree is not zero but of order d^2 / N. Batches
drawn with replacement cannot remove that (the batches' limit is the sample, not the
distribution), which is why a fit to them understates its error. Here the bias is extrapolated
away by leaving groups of showers out, which is linear extrapolation in 1/N without repeated
showers; the result may be negative and is left so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import svdvals

from calobench.evaluation.multivariate.labelled import labelled_moments
from calobench.evaluation.multivariate.samples import Pool

__all__ = [
    "frechet_distance",
    "frechet_of",
    "frechet_of_labels",
    "frechet_without",
    "matrix_root",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def frechet_distance(mean_1: Array, cov_1: Array, mean_2: Array, cov_2: Array) -> float:
    """Squared Frechet distance (2-Wasserstein) of two Gaussians.

    |m1 - m2|^2 + Tr(C1 + C2 - 2 (C1 C2)^(1/2)) (Dowson and Landau, *Journal of Multivariate Analysis* 12
    (1982) 450). With C1 = A A' and C2 = B B' the last trace is the sum of the singular values of A'B, which
    exists for singular covariances too and needs no root of a matrix that is not symmetric.

    Args:
        mean_1: (d,).
        cov_1: symmetric, not negative, (d, d).
        mean_2: (d,).
        cov_2: (d, d).
    """
    overlap = svdvals(_factor(cov_1).T @ _factor(cov_2), overwrite_a=True).sum()
    shift = mean_1 - mean_2
    return float(shift @ shift + np.trace(cov_1) + np.trace(cov_2) - 2 * overlap)


def _factor(covariance: Array) -> Array:
    """A with A A' = C: the factor of Cholesky, or where C is singular its symmetric root."""
    try:
        factor = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return matrix_root(covariance)
    return np.asarray(factor, np.float64)


def matrix_root(covariance: Array) -> Array:
    """The symmetric root of a symmetric matrix; eigenvalues that rounding made negative are zero."""
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root


def frechet_of(features: Array, is_model: Mask) -> float:
    """Plain distance of the Gaussians fitted to both samples, biased upwards.

    Args:
        features: of both samples, (N, d).
        is_model: (N,).
    """
    reference, model = features[~is_model], features[is_model]
    if max(len(reference), len(model)) > features.shape[1]:
        return frechet_distance(*_moments(reference), *_moments(model))
    # Fewer showers than features: the centred showers are themselves factors of the covariances.
    sides = [(side - side.mean(axis=0)) / np.sqrt(len(side) - 1) for side in (reference, model)]
    overlap = svdvals(sides[0] @ sides[1].T, overwrite_a=True).sum()
    shift = reference.mean(axis=0) - model.mean(axis=0)
    return float(shift @ shift + sum((side**2).sum() for side in sides) - 2 * overlap)


def frechet_of_labels(features: Array, labels: Mask) -> Array:
    """:func:`frechet_of` for many labellings of the same showers, to some 1e-7, (B,).

    Args:
        features: of both samples, (N, d).
        labels: true for the model, (B, N).
    """
    reference, model = labelled_moments(features, labels)
    values, vectors = np.linalg.eigh(reference.covariance)
    roots = vectors * np.sqrt(np.clip(values, 0, None))[:, None, :] @ vectors.swapaxes(1, 2)
    overlap = np.linalg.eigvalsh(roots @ model.covariance @ roots)
    shift = model.mean - reference.mean
    traces = np.trace(reference.covariance + model.covariance, axis1=1, axis2=2)
    distances: Array = (shift**2).sum(axis=1) + traces
    distances -= 2 * np.sqrt(np.clip(overlap, 0, None)).sum(axis=1)
    return distances


def frechet_without(pool: Pool, groups: NDArray[np.intp]) -> Array:
    """The plain distance with each group of showers left out, (G,).

    Args:
        pool: both samples.
        groups: of the showers, from 0 to G - 1, (N,).
    """
    if max(pool.n_reference, pool.n_model) <= pool.features.shape[1]:
        kept = (groups != k for k in range(int(groups.max()) + 1))
        return np.array([frechet_of(pool.features[rows], pool.is_model[rows]) for rows in kept])
    reference, model = _Sums.of(pool, groups, of_model=False), _Sums.of(pool, groups, of_model=True)
    return np.array(
        [
            frechet_distance(*reference.without(k), *model.without(k))
            for k in range(int(groups.max()) + 1)
        ]
    )


class _Sums:
    """Sums of features and of their products, a group each."""

    def __init__(self, n: Array, first: Array, second: Array) -> None:
        self._n, self._first, self._second = n, first, second
        self._total = n.sum(), first.sum(axis=0), second.sum(axis=0)

    @classmethod
    def of(cls, pool: Pool, groups: NDArray[np.intp], *, of_model: bool) -> _Sums:
        side = pool.is_model if of_model else ~pool.is_model
        parts = [pool.features[side & (groups == k)] for k in range(int(groups.max()) + 1)]
        return cls(
            np.array([len(part) for part in parts], dtype=np.float64),
            np.stack([part.sum(axis=0) for part in parts]),
            np.stack([part.T @ part for part in parts]),
        )

    def without(self, group: int) -> tuple[Array, Array]:
        """Mean and covariance of the other groups."""
        n, first, second = (
            total - part[group]
            for total, part in zip(self._total, (self._n, self._first, self._second), strict=True)
        )
        mean = first / n
        return mean, (second - n * np.outer(mean, mean)) / (n - 1)


def _moments(features: Array) -> tuple[Array, Array]:
    return features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False))
