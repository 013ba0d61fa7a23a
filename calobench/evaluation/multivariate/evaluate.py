"""All many-dimensional scores of two samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench._util.foreign import is_foreign
from calobench._util.threads import few_threads
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, PluginError
from calobench.evaluation.conditional.model import ConditionalModel
from calobench.evaluation.conditional.residuals import residuals, residuals_of_both
from calobench.evaluation.multivariate.base import Outcome, Task
from calobench.evaluation.multivariate.catalogue import all_multivariate
from calobench.evaluation.multivariate.features import feature_matrices
from calobench.evaluation.multivariate.judging import Judged
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.observables.features import FeatureTable
from calobench.results.multivariate import MultivariateResults, MultivariateScore
from calobench.results.significance import Family
from calobench.stats.family import adjusted_p_values, studentised
from calobench.stats.jackknife import GROUPS

__all__ = [
    "MAX_SHOWERS",
    "MIN_SHOWERS",
    "PERMUTATIONS",
    "evaluate_multivariate",
    "prepare",
    "steps",
]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

MAX_SHOWERS = 20_000
"""Showers of both samples together that are used at most: pairs of showers are N^2."""

MIN_SHOWERS = 2 * GROUPS
"""Of either sample: a group of the jackknife has two."""

PERMUTATIONS = 599
"""As a family of its own, the scores by permutation object at a fifth of alpha: p-values up to 1 / 500."""


def steps() -> tuple[str, ...]:
    """The steps that ``progress`` is told, in order."""
    return ("features", *(one.name for one in all_multivariate()))


def evaluate_multivariate(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    *,
    paired: bool,
    seed: np.random.SeedSequence,
    replicas: int = 200,
    permutations: int = PERMUTATIONS,
    conditional: ConditionalModel | None = None,
    progress: Callable[[str], None] | None = None,
) -> MultivariateResults | None:
    """Compare two samples in all observables at once.

    Args:
        reference: observables of the reference showers.
        model: observables of the model's showers.
        detector: its staves fold the azimuth.
        paired: model shower i has the condition of reference shower ``i mod len(reference)``.
        seed: of all that is random; the same seed gives the same results.
        replicas: of the bootstrap of the equivalent statistics.
        permutations: how often labels are exchanged, for nulls and p-values.
        conditional: fitted to the reference, if that is done already.
        progress: called with each of :func:`steps` when it is done.

    Returns:
        None if a sample has fewer than ``MIN_SHOWERS`` showers, or all showers are alike.

    Raises:
        PluginError: the score of another package fails, or two scores have one name.
    """
    if min(len(reference), len(model)) < MIN_SHOWERS:
        return None
    done = progress or (lambda _: None)
    with few_threads(len(reference) + len(model)):
        task = prepare(
            reference, model, detector, paired=paired, seed=seed, replicas=replicas,
            permutations=permutations, conditional=conditional,
        )  # fmt: skip
        if task is None:
            return None
        done("features")
        outcomes = []
        for function in all_multivariate():
            others = is_foreign(function.compute)
            # What others draw changes nothing of what is drawn after them.
            given = replace(task, rng=task.rng.spawn(1)[0]) if others else task
            outcomes.append(function(given))
            done(function.name)
    return _joined(task, outcomes)


def _joined(task: Task, outcomes: Sequence[Outcome]) -> MultivariateResults:
    scores, family = _together([one for outcome in outcomes for one in outcome.judged])
    scores += [score for outcome in outcomes for score in outcome.scores]
    _require_names(score.name for score in scores)
    used, showers = len(task.rows), len(task.reference) + len(task.model)
    records: dict[str, Any] = {
        "classifier": None,
        "equivalent": None,
        **{field: one for outcome in outcomes for field, one in outcome.records.items()},
    }
    return MultivariateResults(
        features=task.names,
        scores=tuple(scores),
        family=family,
        notes=(
            *_reductions(used, showers),
            *(note for outcome in outcomes for note in outcome.notes),
        ),
        **records,
    )


def _require_names(names: Iterable[str]) -> None:
    for name, number in Counter(names).items():
        if number > 1:
            raise PluginError(
                f"{number} many-dimensional scores are called '{name}'; rename one, or uninstall its package"
            )


def prepare(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    *,
    paired: bool,
    seed: np.random.SeedSequence,
    replicas: int = 200,
    permutations: int = PERMUTATIONS,
    conditional: ConditionalModel | None = None,
) -> Task | None:
    """The task that all scores start from; None where all showers are alike.

    Args:
        reference: as for :func:`evaluate_multivariate`, and so are the others.
        model: of the model.
        detector: the detector.
        paired: whether conditions are shared.
        seed: of all that is random.
        replicas: of a bootstrap.
        permutations: how often labels are exchanged.
        conditional: fitted to the reference, if that is done already.
    """
    rng = np.random.default_rng(seed)
    staves, conditions = detector.staves.count, (reference.conditions, model.conditions)
    at_fixed = residuals(reference, model, staves=staves, conditional=conditional)
    try:
        features = feature_matrices(*conditions, at_fixed)
        tested = feature_matrices(*conditions, residuals_of_both(reference, model, staves=staves))
    except ConditionsError:
        return None
    pool, symmetric = (
        Pool.of(one.reference, one.model, paired=paired) for one in (features, tested)
    )
    rows = pool.reduced(MAX_SHOWERS, rng)
    return Task(
        samples=Comparison.of(pool[rows], symmetric[rows], permutations, GROUPS, rng),
        names=features.names,
        tested_names=tested.names,
        reference=reference,
        model=model,
        rows=rows,
        at_fixed=at_fixed,
        paired=paired,
        replicas=replicas,
        rng=rng,
    )


def _reductions(used: int, showers: int) -> list[str]:
    if used == showers:
        return []
    return [f"scores of all observables together use {used} of {showers} showers, drawn at random"]


def _together(judged: Sequence[Judged]) -> tuple[list[MultivariateScore], Family]:
    """The scores, each with its p-value among all of them, and what they say as a family."""
    statistics = np.stack([one.statistic for one in judged])
    adjusted = adjusted_p_values(studentised(statistics).values)
    scores = [
        one.score.model_copy(update={"family_p_value": float(p)})
        for one, p in zip(judged, adjusted, strict=True)
    ]
    return scores, Family(
        tests=len(statistics),
        permutations=statistics.shape[1] - 1,
        p_value=float(adjusted.min()),
    )
