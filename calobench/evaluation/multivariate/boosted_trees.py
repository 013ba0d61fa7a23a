"""The area under the ROC curve of boosted trees, as a score."""

from __future__ import annotations

from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.classifier import classifier_test
from calobench.evaluation.multivariate.weights import AUC, auc_score, classifier_record

__all__ = ["SCORES"]

# Permutations that train all classifiers anew.
TRAININGS = 10


def _compute(task: Task) -> Outcome:
    samples = task.samples
    test = classifier_test(samples.symmetric, task.duplicates, samples.labels[:TRAININGS], task.rng)
    if test is None:
        return Outcome(notes=("too few distinct showers for the classifier test",))
    return Outcome(
        scores=(auc_score(test, samples.pool),),
        records={"classifier": classifier_record(test, samples.pool, task.tested_names)},
    )


SCORES = (MultivariateFunction("boosted_trees", _compute, order=90, names=(AUC,)),)
