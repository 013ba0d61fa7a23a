"""Two-sample classifier test: can a machine tell the model's showers from Geant4's?

Classifiers are trained on some of the showers and judged on others (Lopez-Paz and Oquab,
arXiv:1610.06545; Krause and Shih, arXiv:2106.05285). An area under the ROC curve of 0.5 is guessing.
Its value depends on the classifier and on the number of showers it learns from; the density ratio that
the classifier has learnt, w = D / (1 - D), says where in phase space the two differ (Das et al.,
arXiv:2305.16774).

Pitfalls: an area of 0.5 says that this classifier, with these features and so many showers, learnt nothing;
more showers raise the area of the same model. A single cut cell or a rounding can give an area near 1 with
no physical effect: look at what it used. Never train and judge on the same showers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, t

from calobench.evaluation.multivariate.folds import distinct, fold_aucs, folds, training_rows
from calobench.evaluation.multivariate.samples import Pool

__all__ = ["FOLDS", "SEEDS", "Classifier", "ClassifierTest", "boosted_trees", "classifier_test"]

Array = NDArray[np.float64]
Seen = NDArray[Any]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

FOLDS = 5
SEEDS = 2

# With fewer distinct showers per fold there is nothing to judge by.
MIN_A_FOLD = 4


class Classifier(Protocol):
    """Gives the logarithm of the odds that a shower is the model's."""

    def decision_function(self, seen: Seen, /) -> Array:
        """(N, ...) -> (N,)."""


Fit = Callable[[Seen, Mask, int], Classifier]
"""``(seen, is_model, seed) -> classifier``; seen are the features, or what stands for them."""


@dataclass(frozen=True)
class ClassifierTest:
    """Results of the classifiers of all folds and seeds.

    Attributes:
        fold_aucs: of each seed and fold, (S, K).
        null: mean over folds, one seed, with classifiers trained anew on exchanged labels, (B,).
        log_weight: ln of the calibrated density ratio w, model over reference, averaged over the
            seeds, of the distinct showers; (N',).
        kept: the distinct showers, (N,).
        importance: loss of AUC when a feature is shuffled among the held-out showers, (d,).
    """

    fold_aucs: Array
    null: Array
    log_weight: Array
    kept: Mask
    importance: Array

    @property
    def auc(self) -> float:
        """Mean over seeds and folds."""
        return float(self.fold_aucs.mean())

    @property
    def error(self) -> float:
        """Of the mean: the scatter of folds, over the root of their number, and that of seeds."""
        seeds, k = self.fold_aucs.shape
        of_folds = self.fold_aucs.var(axis=1, ddof=1).mean() / k
        of_seeds = self.fold_aucs.mean(axis=1).var(ddof=1) / seeds if seeds > 1 else 0.0
        return float(np.sqrt(of_folds + of_seeds))

    @property
    def null_error(self) -> float:
        """Standard deviation of the area about 0.5 under permutation."""
        return float(np.sqrt(np.mean((self.null - 0.5) ** 2)))

    @property
    def p_value(self) -> float:
        """Probability that guessing reaches the measured area: Student's t with B degrees of freedom.

        A mean over showers and folds is Gaussian, but not of the width of Mann and Whitney's law:
        folds share what they are trained on, which widens it by up to a half. Some trainings on
        exchanged labels measure the width.
        """
        if self.null_error == 0:  # the samples are copies of each other: nothing to be learnt
            return 1.0 if self.auc <= 0.5 else 0.0
        return float(t.sf((self.auc - 0.5) / self.null_error, len(self.null)))


def boosted_trees(features: Array, is_model: Mask, seed: int) -> Classifier:
    """Forty shallow trees: enough for some hundred to some ten thousand showers."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    # Unweighted: the odds of the two samples' sizes are taken out when the weights are calibrated,
    # and the area does not know them.
    trees = HistGradientBoostingClassifier(
        max_iter=40, max_leaf_nodes=8, learning_rate=0.1, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    classifier: Classifier = trees.fit(features, is_model)
    return classifier


def classifier_test(
    pool: Pool,
    duplicates: Indices,
    labels: Mask,
    rng: np.random.Generator,
    *,
    fit: Fit = boosted_trees,
    seen: Seen | None = None,
    n_folds: int = FOLDS,
    n_seeds: int = SEEDS,
) -> ClassifierTest | None:
    """Train and judge in folds, several times.

    Args:
        pool: both samples.
        duplicates: equal numbers for identical showers, which are never on both sides of a split, (N,).
        labels: labellings for the null, for each of which all folds are trained anew, (B, N).
        rng: divides the showers and seeds the classifiers.
        fit: makes a classifier.
        seen: what classifiers are given of each shower, (N, ...); None: the features. Only of features
            it is asked what they are worth.
        n_folds: K.
        n_seeds: S.

    Returns:
        None if a sample has too few distinct showers.
    """
    kept = distinct(duplicates, pool.is_model)
    given = seen[kept] if seen is not None else pool.features[kept]
    pool, duplicates, labels = pool[kept], duplicates[kept], labels[:, kept]
    if min(pool.n_model, pool.n_reference) < n_folds * MIN_A_FOLD:
        return None
    aucs, logits = [], []
    importance = np.zeros((n_seeds, pool.features.shape[1]))
    for seed in range(n_seeds):
        fold = folds(pool, n_folds, rng)
        weigh = seen is None and seed == 0
        output, importance[seed] = _judged(
            pool, given, duplicates, fold, fit, rng, weigh_features=weigh
        )
        aucs.append(fold_aucs(_ranks(output, fold), fold, pool.is_model[None])[0])
        logits.append(_calibrated(output, fold, pool.is_model))
    null = []
    for row in labels:
        permuted, fold = replace(pool, is_model=row), folds(pool, n_folds, rng)
        output, _ = _judged(permuted, given, duplicates, fold, fit, rng, weigh_features=False)
        null.append(fold_aucs(_ranks(output, fold), fold, row[None]).mean())
    return ClassifierTest(
        fold_aucs=np.stack(aucs),
        null=np.array(null),
        log_weight=np.mean(logits, axis=0),
        kept=kept,
        importance=importance[0],
    )


def _judged(
    pool: Pool,
    seen: Seen,
    duplicates: Indices,
    fold: Indices,
    fit: Fit,
    rng: np.random.Generator,
    *,
    weigh_features: bool,
) -> tuple[Array, Array]:
    """Outputs for all showers by classifiers that have not seen them, and what features are worth."""
    output, importance = np.zeros(len(pool)), np.zeros(pool.features.shape[1])
    n_folds = int(fold.max()) + 1
    for k in range(n_folds):
        rows, held_out = training_rows(fold, k, duplicates), fold == k
        trained = fit(seen[rows], pool.is_model[rows], int(rng.integers(2**31)))
        output[held_out] = trained.decision_function(seen[held_out])
        if weigh_features:
            importance += _importance(trained, pool[held_out], output[held_out], rng) / n_folds
    return output, importance


def _ranks(output: Array, fold: Indices) -> Array:
    ranks = np.empty(len(output))
    for k in range(int(fold.max()) + 1):
        ranks[fold == k] = rankdata(output[fold == k])
    return ranks


def _importance(
    trained: Classifier, held_out: Pool, output: Array, rng: np.random.Generator
) -> Array:
    """Decrease of the area when one feature after the other is shuffled, (d,)."""
    one_fold, label = np.zeros(len(held_out), dtype=np.intp), held_out.is_model[None]
    best = fold_aucs(rankdata(output), one_fold, label)[0, 0]
    losses = np.zeros(held_out.features.shape[1])
    for column in range(len(losses)):
        shuffled = held_out.features.copy()
        shuffled[:, column] = rng.permutation(shuffled[:, column])
        ranks = rankdata(trained.decision_function(shuffled))
        losses[column] = best - fold_aucs(ranks, one_fold, label)[0, 0]
    return losses


def _calibrated(output: Array, fold: Indices, is_model: Mask) -> Array:
    """Ln w from a logistic regression of the labels on the outputs of the other folds (Platt).

    Trees are too sure of themselves. Where outputs say nothing, or the contrary, w is 1.
    """
    from sklearn.linear_model import LogisticRegression

    calibrated = np.zeros(len(output))
    for k in range(int(fold.max()) + 1):
        others = fold != k
        line = LogisticRegression(C=1e3, class_weight="balanced")
        line.fit(output[others, None], is_model[others])
        if line.coef_[0, 0] > 0:
            calibrated[~others] = line.decision_function(output[~others, None])
    return calibrated
