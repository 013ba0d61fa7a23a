"""Five splits of the showers in 60 % to train, 20 % to choose and calibrate, 20 % to report.

The original makes one such split at random. Turning it through five parts makes every shower
one of those reported exactly once, so that the scatter of the five is an error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["FOLDS", "Outputs", "Split", "permuted_labels", "rotations"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

FOLDS = 5


class Split(NamedTuple):
    """Division of showers into training, selection and report.

    Attributes:
        labels: true for the reference, (2 n,).
        train: showers to train on.
        select: showers to choose the epoch with, and to calibrate.
        report: showers that the classifier has not seen.
    """

    labels: Mask
    train: Indices
    select: Indices
    report: Indices


class Outputs(NamedTuple):
    """Statements of a trained classifier.

    Attributes:
        select: logit that a shower is the reference's, of the showers to choose with.
        report: the same of the showers to report.
        epoch: that was chosen, from 1.
    """

    select: Array
    report: Array
    epoch: int


def rotations(labels: Mask, rng: np.random.Generator) -> tuple[Split, ...]:
    """Five splits, in each of which both samples have the same fractions.

    Args:
        labels: true for the reference, (N,).
        rng: divides the showers.
    """
    part = np.empty(len(labels), dtype=np.intp)
    for side in (labels, ~labels):
        n = int(side.sum())
        part[side] = rng.permutation(np.arange(n) % FOLDS)
    splits = []
    for k in range(FOLDS):
        select, report = part == (k - 1) % FOLDS, part == k
        rest = ~(select | report)
        splits.append(Split(labels, *(np.flatnonzero(rows) for rows in (rest, select, report))))
    return tuple(splits)


def permuted_labels(labels: Mask, rng: np.random.Generator) -> Mask:
    """Labels given to showers at random: as many of each, and nothing to be learnt."""
    return rng.permutation(labels)
