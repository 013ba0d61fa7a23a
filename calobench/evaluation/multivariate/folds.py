"""Cross-validation in which no shower helps to judge itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.multivariate.samples import Pool, jackknife_groups

__all__ = ["distinct", "fold_aucs", "folds", "training_rows"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


def distinct(duplicates: Indices, is_model: Mask) -> Mask:
    """The first of each set of (nearly) identical showers of a sample, (N,).

    Showers that a sample repeats are one observation: were all kept, a classifier would be asked
    about showers that it was trained on.

    Args:
        duplicates: equal numbers for identical showers, (N,).
        is_model: (N,).
    """
    keys = 2 * duplicates + is_model
    first = np.zeros(len(keys), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    return first


def folds(pool: Pool, n: int, rng: np.random.Generator) -> Indices:
    """Number of the fold of each shower, (N,); showers of one condition are in one fold."""
    return jackknife_groups(pool, n, rng)


def training_rows(fold: Indices, k: int, duplicates: Indices) -> Mask:
    """Showers to train on for fold k: of the other folds, and without a duplicate in this one, (N,).

    Args:
        fold: of each shower, (N,).
        k: the fold that is judged.
        duplicates: equal numbers for identical showers, (N,).
    """
    rows: Mask = (fold != k) & ~np.isin(duplicates, duplicates[fold == k])
    return rows


def fold_aucs(ranks: Array, fold: Indices, labels: Mask) -> Array:
    """Area under the ROC curve in each fold, for many labellings.

    The fraction of pairs of a model's and a reference's shower in which the model's has the higher output
    (Mann and Whitney), ties counting half.

    Args:
        ranks: of the outputs within each fold, ties sharing their mean, (N,).
        fold: of each shower, from 0 to K - 1, (N,).
        labels: true for the model, (B, N).

    Returns:
        (B, K); 0.5 where a fold has showers of one sample only.
    """
    areas = []
    for k in range(int(fold.max()) + 1):
        inside = labels[:, fold == k]
        model = inside.sum(axis=1)
        pairs = model * (inside.shape[1] - model)
        above = inside @ ranks[fold == k] - model * (model + 1) / 2
        areas.append(np.where(pairs > 0, above / np.maximum(pairs, 1), 0.5))
    return np.stack(areas, axis=1)
