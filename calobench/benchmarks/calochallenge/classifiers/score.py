"""One classifier of the table: ten trainings, five on the samples and five on exchanged labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from calobench.benchmarks.calochallenge.classifiers.inputs import Inputs
from calobench.benchmarks.calochallenge.classifiers.judging import (
    Judgement,
    judge,
    measure,
    p_value,
)
from calobench.benchmarks.calochallenge.classifiers.rotation import (
    FOLDS,
    Outputs,
    Split,
    permuted_labels,
    rotations,
)
from calobench.benchmarks.calochallenge.classifiers.store import TrainingStore
from calobench.benchmarks.calochallenge.record import ClassifierName, ClassifierScore
from calobench.errors import ConditionsError, MissingPackageError

__all__ = ["MIN_SHOWERS", "TRAININGS", "Classifier", "classifier_score", "require_classifiers"]

MIN_SHOWERS = 100
"""Of each sample: 20 to choose and calibrate with, 20 to report."""

TRAININGS = 2 * FOLDS
"""Of each classifier: one per split, and as many for the null."""

Train = Callable[[Inputs, Split, int], Outputs]


@dataclass(frozen=True)
class Classifier:
    """A classifier of the CaloChallenge.

    Attributes:
        name: ``low``, ``high`` or ``cnn``.
        label: in words.
        parameters: number of trained parameters.
        device: that trains it.
        train: makes one; given inputs, split and seed.
    """

    name: ClassifierName
    label: str
    parameters: int
    device: str
    train: Train


def require_classifiers(n_reference: int, n_generated: int) -> None:
    """Check that classifiers can be trained.

    Raises:
        MissingPackageError: torch is not installed.
        ConditionsError: a sample has too few showers.
    """
    if min(n_reference, n_generated) < MIN_SHOWERS:
        raise ConditionsError(
            f"classifiers need {MIN_SHOWERS} showers of each sample, there are {n_generated} generated "
            f"and {n_reference} of Geant4; give more, or leave them out of --with"
        )
    try:
        import torch  # noqa: F401
    except ImportError:
        raise MissingPackageError(
            "classifiers need torch, which is not installed; install it with 'pip install torch', "
            "or leave them out of --with"
        ) from None


def classifier_score(
    classifier: Classifier,
    inputs: Inputs,
    n: int,
    seed: np.random.SeedSequence,
    store: TrainingStore,
    *,
    done: Callable[[], object] = lambda: None,
) -> ClassifierScore:
    """Train and judge it.

    Args:
        classifier: what to train.
        inputs: of n showers of the reference, then of n generated ones.
        n: showers of each sample.
        seed: divides and exchanges the showers and seeds the trainings.
        store: has what was trained before this run was stopped, and keeps what is trained now.
        done: called after each training that ``classifier.train`` did not make now.
    """
    labels = np.arange(2 * n) < n
    trained, null = (_Trained([], []) for _ in range(2))
    plain, permuted, seeds = seed.spawn(3)
    rng = np.random.default_rng(permuted)
    splits = rotations(labels, np.random.default_rng(plain))
    null_splits = rotations(permuted_labels(labels, rng), rng)
    numbers = np.random.default_rng(seeds).integers(2**31, size=(2, FOLDS))
    for kind, (side, rows) in enumerate(((trained, splits), (null, null_splits))):
        for k, split in enumerate(rows):
            name = f"{classifier.name}-{kind}-{k}"
            outputs = store.load(name, len(split.select), len(split.report))
            if outputs is None:
                outputs = classifier.train(inputs, split, int(numbers[kind, k]))
                store.save(name, outputs)
            else:
                done()
            side.judgements.append(judge(outputs, split))
            side.epochs.append(outputs.epoch)
    return ClassifierScore(
        name=classifier.name,
        label=classifier.label,
        auc=measure([one.auc for one in trained.judgements], [one.auc for one in null.judgements]),
        jsd=measure([one.jsd for one in trained.judgements], [one.jsd for one in null.judgements]),
        p_value=p_value(trained.judgements),
        n=n,
        n_train=len(splits[0].train),
        n_report=len(splits[0].report),
        epochs=tuple(trained.epochs),
        parameters=classifier.parameters,
        device=classifier.device,
    )


class _Trained(NamedTuple):
    judgements: list[Judgement]
    epochs: list[int]
