"""The classifier's score and its weights, as results store them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import t

from calobench._util.edges import TOLERANCE, bin_index
from calobench.evaluation.multivariate.classifier import ClassifierTest
from calobench.evaluation.multivariate.judging import Name
from calobench.evaluation.multivariate.samples import Pool
from calobench.results.multivariate import ClassifierRecord, FeatureImportance, MultivariateScore

__all__ = ["AUC", "REACHES", "auc_score", "classifier_record"]

AUC = Name(
    "auc",
    "classifier AUC",
    "Area under the ROC curve of boosted trees that were trained to tell the model from Geant4, on "
    "showers that they have not seen; 0.5 is guessing.",
    headline=1,
    tolerance=True,
)

REACHES = (0.5, 1.0, 2.0, 4.0)
"""Largest log10 w that the histograms may end at; the smallest that holds 99 % of the showers."""

BINS = 40

# Features that are named.
NAMED = 8


def auc_score(test: ClassifierTest, pool: Pool, name: Name = AUC) -> MultivariateScore:
    """The area with its error over folds and seeds, and its Gaussian null.

    Args:
        test: result of the classifiers.
        pool: the showers they were trained on.
        name: of the score.
    """
    replicas = len(test.null)
    half_width = float(t.ppf(0.84, test.fold_aucs.shape[1] - 1)) * test.error
    reach = float(t.ppf(0.95, replicas)) * test.null_error
    used = pool[test.kept]
    return MultivariateScore(
        name=name.key,
        label=name.label,
        description=name.description,
        headline=name.headline,
        value=test.auc,
        error=test.error,
        interval=(test.auc - half_width, min(1.0, test.auc + half_width)),
        null_median=0.5,
        null_interval=(0.5 - reach, 0.5 + reach),
        null="labels exchanged and classifiers trained anew; Student's t",
        p_value=test.p_value,
        worse="high",
        n_model=used.n_model,
        n_reference=used.n_reference,
        null_replicas=replicas,
    )


def classifier_record(test: ClassifierTest, pool: Pool, names: Sequence[str]) -> ClassifierRecord:
    """Histograms of the weights, and the features that matter most.

    Args:
        test: result of the classifiers.
        pool: the showers they were trained on.
        names: of the features.
    """
    is_model = pool.is_model[test.kept]
    log10_weight = test.log_weight / np.log(10)
    needed = np.quantile(np.abs(log10_weight), 0.99)
    reach = next((reach for reach in REACHES if needed <= reach * (1 + TOLERANCE)), REACHES[-1])
    edges = np.linspace(-reach, reach, BINS + 1)
    index = bin_index(log10_weight, edges)
    reference, model = (
        np.bincount(index[side], minlength=len(edges) + 1).astype(float).tolist()
        for side in (~is_model, is_model)
    )
    # Features that are worth the same, nothing mostly, stay in their order.
    largest = np.argsort(-np.round(test.importance, 12), kind="stable")[:NAMED]
    return ClassifierRecord(
        fold_aucs=tuple(tuple(row) for row in test.fold_aucs.tolist()),
        log10_edges=tuple(edges.tolist()),
        reference=tuple(reference),
        model=tuple(model),
        importance=tuple(
            FeatureImportance(name=names[i], loss=float(test.importance[i])) for i in largest
        ),
    )
