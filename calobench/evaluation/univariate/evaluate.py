"""All scores of all observables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from calobench._util.parallel import in_order
from calobench.detectors.spec import DetectorSpec
from calobench.errors import CalobenchError, ConditionsError
from calobench.evaluation.univariate.base import ScoreFunction
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.evaluation.univariate.families import Compared, judged_together
from calobench.evaluation.univariate.laws import with_known_nulls
from calobench.evaluation.univariate.power import detections
from calobench.evaluation.univariate.records import record
from calobench.evaluation.univariate.samples import Distributions, Profiles, Samples
from calobench.evaluation.univariate.uncertainty import Scored, scored
from calobench.observables.base import Observable
from calobench.observables.features import FeatureTable
from calobench.results.observable import ObservableResult, declaration
from calobench.results.significance import ScoreFamily
from calobench.stats.family import studentised
from calobench.stats.permutation import permutations
from calobench.stats.resampling import bootstrap

__all__ = ["PERMUTATIONS", "Evaluation", "evaluate", "samples_of"]

MIN_REPLICAS = 2

PERMUTATIONS = 1199
"""A family of 54 observables needs p-values down to 0.05 / 54, that is 1,079 permutations or more."""

# Detectable shifts are asked for up to limits that chance gives once in a billion.
MAX_SIGMA = 6.0


class Evaluation(NamedTuple):
    """All scores of all observables, and what the observables say together.

    Attributes:
        observables: one result an observable, in their order.
        families: one per score.
    """

    observables: tuple[ObservableResult, ...]
    families: tuple[ScoreFamily, ...]


def evaluate(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    observables: Sequence[Observable],
    *,
    paired: bool,
    seed: np.random.SeedSequence,
    bootstrap_replicas: int = 200,
    permuted: int = PERMUTATIONS,
    level: float,
    progress: Callable[[str], None] | None = None,
    workers: int | None = None,
    scores: Sequence[ScoreFunction] | None = None,
) -> Evaluation:
    """Compare a model's showers with the reference's, observable by observable.

    All observables and scores share the same replicas, so that one more observable changes no other
    result but what is said of the family of all observables. The seed is used without being advanced:
    the same call gives the same results.

    Args:
        reference: observables of the reference showers.
        model: observables of the model's showers.
        detector: gives the axes of profiles.
        observables: which to compare; both tables have them.
        paired: model shower i has the condition of reference shower ``i mod len(reference)``.
        seed: of the resampling.
        bootstrap_replicas: replicas for errors and intervals.
        permuted: permutations, for nulls and p-values.
        level: false-alarm rate of the family of all observables that detectable shifts are for.
        progress: called with the name of each observable when it is done.
        workers: threads, None for one per core; they change no result.
        scores: those to compute; None for all.

    Raises:
        ConditionsError: a sample is empty, or the samples are not paired although said to be.
        CalobenchError: fewer than two replicas are asked for.
    """
    _check(reference, model, paired=paired)
    if min(bootstrap_replicas, permuted) < MIN_REPLICAS:
        raise CalobenchError(
            f"errors and nulls need at least {MIN_REPLICAS} replicas each, not "
            f"{bootstrap_replicas} and {permuted}; 200 and {PERMUTATIONS} are usual"
        )
    rng = np.random.default_rng(seed)
    sizes = len(reference), len(model)
    drawn = bootstrap(*sizes, paired=paired, replicas=bootstrap_replicas, rng=rng)
    relabelled = permutations(*sizes, paired=paired, replicas=permuted, rng=rng)
    functions = all_scores() if scores is None else scores

    def compare(observable: Observable) -> Compared:
        samples = samples_of(reference, model, detector, observable)
        of_scores = scored(functions, samples, drawn, relabelled)
        furthest = [_furthest(one) for one in of_scores]
        scores = tuple(one.score for one in of_scores)
        result = ObservableResult(
            name=observable.name,
            label=observable.label,
            unit=observable.unit,
            family=observable.family,
            description=observable.description,
            data=record(samples, observable),
            **declaration(observable),
            scores=scores if paired else with_known_nulls(functions, scores, samples),
        )
        return Compared(
            result,
            tuple(one.permuted for one in of_scores),
            detections(functions, samples, relabelled, furthest),
        )

    compared = []
    for one in in_order(compare, observables, workers):
        compared.append(one)
        if progress is not None:
            progress(one.result.name)
    return Evaluation(*judged_together(compared, functions, level))


def _furthest(one: Scored) -> float:
    return float(studentised(one.permuted[None, 1:]).original(MAX_SIGMA)[0])


def samples_of(
    reference: FeatureTable, model: FeatureTable, detector: DetectorSpec, observable: Observable
) -> Samples:
    """One observable of two tables, as scores take it."""
    name = observable.name
    if observable.axis is None:
        return Distributions.of(reference.scalars[name], model.scalars[name])
    axis = observable.axis(detector)
    return Profiles.of(reference.profiles[name], model.profiles[name], axis)


def _check(reference: FeatureTable, model: FeatureTable, *, paired: bool) -> None:
    if len(reference) == 0 or len(model) == 0:
        raise ConditionsError(
            f"nothing to compare: {len(reference)} reference and {len(model)} model showers; "
            "give at least one of each"
        )
    expected = reference.conditions.repeated(len(model)).energy
    if paired and not np.allclose(model.conditions.energy, expected, rtol=1e-5):
        raise ConditionsError(
            "the model's showers do not have the reference's incident energies in its order; "
            "generate them from these conditions, or compare them as not paired"
        )
