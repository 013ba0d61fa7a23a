"""All scores of all observables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from calobench._util.parallel import in_order
from calobench.detectors.spec import DetectorSpec
from calobench.errors import CalobenchError, ConditionsError
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.evaluation.univariate.laws import with_known_nulls
from calobench.evaluation.univariate.multiple import with_q_values
from calobench.evaluation.univariate.power import with_minimum_detectable
from calobench.evaluation.univariate.records import record
from calobench.evaluation.univariate.samples import Distributions, Profiles, Samples
from calobench.evaluation.univariate.uncertainty import scored
from calobench.observables.base import Observable
from calobench.observables.features import FeatureTable
from calobench.results.schema import ObservableResult
from calobench.stats.permutation import permutations
from calobench.stats.resampling import bootstrap, null

__all__ = ["evaluate", "samples_of"]

FEWEST_REPLICAS = 2


def evaluate(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    observables: Sequence[Observable],
    *,
    paired: bool,
    seed: np.random.SeedSequence,
    bootstrap_replicas: int = 200,
    null_replicas: int = 200,
    progress: Callable[[str], None] | None = None,
    workers: int | None = None,
) -> tuple[ObservableResult, ...]:
    """Compare a model's showers with the reference's, observable by observable.

    All observables and scores share the same replicas, so that one more observable changes no other
    result but the q-values, which are of all observables. The seed is used without being advanced:
    the same call gives the same results.

    Args:
        reference: observables of the reference showers.
        model: observables of the model's showers.
        detector: gives the axes of profiles.
        observables: which to compare; both tables have them.
        paired: model shower i has the condition of reference shower ``i mod len(reference)``.
        seed: of the resampling.
        bootstrap_replicas: replicas for errors and intervals.
        null_replicas: replicas for the null, and permutations for the p-values.
        progress: called with the name of each observable when it is done.
        workers: threads, None for one a core; they change no result.

    Returns:
        One result an observable, in their order.

    Raises:
        ConditionsError: a sample is empty, or the samples are not paired although said to be.
        CalobenchError: fewer than two replicas are asked for.
    """
    _check(reference, model, paired=paired)
    if min(bootstrap_replicas, null_replicas) < FEWEST_REPLICAS:
        raise CalobenchError(
            f"errors and nulls need at least {FEWEST_REPLICAS} replicas each, not "
            f"{bootstrap_replicas} and {null_replicas}; 200 of each is usual"
        )
    rng = np.random.default_rng(seed)
    from_both = bootstrap(
        len(reference), len(model), paired=paired, replicas=bootstrap_replicas, rng=rng
    )
    from_reference = null(
        reference.conditions.energy, len(model), paired=paired, replicas=null_replicas, rng=rng
    )
    exchanged = permutations(
        len(reference), len(model), paired=paired, replicas=null_replicas, rng=rng
    )

    def compare(observable: Observable) -> ObservableResult:
        samples = samples_of(reference, model, detector, observable)
        scores = scored(all_scores(), samples, from_both, from_reference, exchanged)
        scores = with_minimum_detectable(scores, samples, exchanged)
        return ObservableResult(
            name=observable.name,
            label=observable.label,
            unit=observable.unit,
            family=observable.family,
            description=observable.description,
            data=record(samples, observable),
            scores=scores if paired else with_known_nulls(scores, samples),
        )

    results = []
    for result in in_order(compare, observables, workers):
        results.append(result)
        if progress is not None:
            progress(result.name)
    return with_q_values(results)


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
