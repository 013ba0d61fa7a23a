"""Differences of two models' scores, observable by observable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.paired.record import PairedDifference
from calobench.benchmarks.paired.replicas import SharedReplicas, values
from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.univariate.base import ScoreFunction
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.evaluation.univariate.samples import Distributions, Profiles, Samples
from calobench.observables.base import Observable
from calobench.observables.features import FeatureTable
from calobench.stats.multiple import benjamini_hochberg
from calobench.stats.permutation import p_value
from calobench.stats.weights import as_they_are

__all__ = ["Column", "columns", "mean_over", "records"]

Array = NDArray[np.float64]

ONE_SIGMA = (0.16, 0.84)


class Column(NamedTuple):
    """One score of one observable, for both models, in all replicas.

    Attributes:
        observable: compared.
        score: name of the score.
        first: of the samples as they are.
        second: likewise.
        drawn: differences in the bootstrap replicas, (B,).
        permuted: differences after permutations, that of the samples as they are first, (B+1,).
    """

    observable: Observable
    score: str
    first: float
    second: float
    drawn: Array
    permuted: Array


def columns(
    reference: FeatureTable,
    first: FeatureTable,
    second: FeatureTable,
    detector: DetectorSpec,
    observable: Observable,
    shared: SharedReplicas,
) -> list[Column]:
    """Every score of one observable.

    Args:
        reference: observables of the reference.
        first: of one model.
        second: of the other, shower by shower of the same conditions.
        detector: gives the axes of profiles.
        observable: all tables have it.
        shared: replicas.
    """
    both = FeatureTable.concatenate([first, second])
    once = as_they_are(len(reference), len(first))
    exact = [_samples(reference, table, detector, observable) for table in (first, second)]
    coarse = [samples.coarse() for samples in exact]
    pool = _samples(reference, both, detector, observable).coarse()
    made = []
    for function in all_scores():
        at_first, at_second = (values(function, samples, once)[0] for samples in exact)
        drawn = [values(function, samples, shared.drawn) for samples in coarse]
        permuted = [values(function, pool, side) for side in (shared.first, shared.second)]
        made.append(
            Column(
                observable,
                function.name,
                float(at_first),
                float(at_second),
                drawn[0] - drawn[1],
                permuted[0] - permuted[1],
            )
        )
    return made


def mean_over(compared: Iterable[Column], score: ScoreFunction) -> PairedDifference | None:
    """The mean of a score over all observables that are a number.

    Args:
        compared: of all observables.
        score: which.
    """
    chosen = [c for c in compared if c.score == score.name and c.observable.axis is None]
    if not chosen:
        return None
    mean = Column(
        chosen[0].observable,
        score.name,
        float(np.mean([c.first for c in chosen])),
        float(np.mean([c.second for c in chosen])),
        np.mean([c.drawn for c in chosen], axis=0),
        np.mean([c.permuted for c in chosen], axis=0),
    )
    label = f"mean of {score.record.heading} over {len(chosen)} observables"
    return _record(mean).model_copy(update={"observable": "", "label": label})


def records(compared: Sequence[Column]) -> tuple[PairedDifference, ...]:
    """All differences, with their q-values.

    Args:
        compared: of all observables.
    """
    made = [_record(column) for column in compared]
    for score in dict.fromkeys(record.score for record in made):
        places = [i for i, record in enumerate(made) if record.score == score]
        for i, q in zip(places, benjamini_hochberg([made[i].p_value for i in places]), strict=True):
            made[i] = made[i].model_copy(update={"q_value": float(q)})
    return tuple(made)


def _record(column: Column) -> PairedDifference:
    difference = column.first - column.second
    low, high = np.quantile(column.drawn, ONE_SIGMA) - np.median(column.drawn)
    return PairedDifference(
        observable=column.observable.name,
        label=column.observable.label,
        score=column.score,
        first=column.first,
        second=column.second,
        difference=difference,
        error=float(column.drawn.std(ddof=1)),
        interval=(float(difference - high), float(difference - low)),
        p_value=p_value(np.abs(column.permuted)),
    )


def _samples(
    reference: FeatureTable, model: FeatureTable, detector: DetectorSpec, observable: Observable
) -> Samples:
    name = observable.name
    if observable.axis is None:
        return Distributions.of(reference.scalars[name], model.scalars[name])
    return Profiles.of(reference.profiles[name], model.profiles[name], observable.axis(detector))
