"""All many-dimensional scores of two samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.threads import few_threads
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError
from calobench.evaluation.conditional.residuals import Residuals, residuals, residuals_of_both
from calobench.evaluation.multivariate.classifier import classifier_test
from calobench.evaluation.multivariate.closeness import closeness
from calobench.evaluation.multivariate.distances import (
    CORRELATIONS,
    LAYERS,
    correlation_score,
    frechet_score,
    kernel_score,
)
from calobench.evaluation.multivariate.equivalent import FEWEST_REFERENCE, equivalent_statistics
from calobench.evaluation.multivariate.features import FeatureMatrices, columns_of, feature_matrices
from calobench.evaluation.multivariate.judging import Judged
from calobench.evaluation.multivariate.local import local_score
from calobench.evaluation.multivariate.outliers import outlier_score
from calobench.evaluation.multivariate.repeats import shapes, twins
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.evaluation.multivariate.serial import serial_score
from calobench.evaluation.multivariate.shares import neighbour_scores, repeat_score
from calobench.evaluation.multivariate.weights import auc_score, classifier_record
from calobench.evaluation.multivariate.worst import cumulative_profiles
from calobench.observables.features import FeatureTable
from calobench.results.multivariate import (
    EquivalentPoint,
    EquivalentStatistics,
    MultivariateResults,
    MultivariateScore,
    WorstObservable,
)
from calobench.results.significance import Family
from calobench.showers import Conditions
from calobench.stats.family import adjusted_p_values, studentised
from calobench.stats.jackknife import GROUPS

__all__ = ["EXCHANGES", "FEWEST_SHOWERS", "LARGEST", "STEPS", "evaluate_multivariate"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

LARGEST = 20_000
"""Showers of both samples together that are used at most: pairs of showers are N^2."""

FEWEST_SHOWERS = 2 * GROUPS
"""Of either sample: a group of the jackknife has two."""

# Exchanges that train all classifiers anew.
TRAININGS = 10

EXCHANGES = 599
"""As a family of its own, the scores by exchange object at a fifth of alpha: p-values up to 1 / 500."""

STEPS = (
    "features",
    "FPD",
    "KPD",
    "correlations",
    "neighbours",
    "classifier",
    "equivalent statistics",
)
"""What ``progress`` is told, in order."""


def evaluate_multivariate(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    *,
    paired: bool,
    seed: np.random.SeedSequence,
    replicas: int = 200,
    exchanged: int = EXCHANGES,
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
        exchanged: how often labels are exchanged, for nulls and p-values.
        progress: called with each of ``STEPS`` when it is done.

    Returns:
        None if a sample has fewer than ``FEWEST_SHOWERS`` showers, or all showers are alike.
    """
    if min(len(reference), len(model)) < FEWEST_SHOWERS:
        return None
    done = progress or (lambda _: None)
    with few_threads(len(reference) + len(model)):
        rng = np.random.default_rng(seed)
        prepared = _prepare(reference, model, detector, paired, exchanged, rng)
        if prepared is None:
            return None
        samples, rows, notes = prepared.samples, prepared.rows, list(prepared.notes)
        done("features")

        judged = [frechet_score(samples)]
        done("FPD")
        judged.append(kernel_score(samples))
        done("KPD")
        judged.append(correlation_score(CORRELATIONS, samples))
        layers = _layers(reference, model)
        if layers is not None:
            pool = Pool.of(layers.reference, layers.model, paired=paired)[rows]
            judged.append(correlation_score(LAYERS, samples.on(pool)))
        done("correlations")
        twin = _twins(rows, reference, model)
        judged.extend(neighbour_scores(samples))
        judged.append(repeat_score(samples, twin))
        outliers = outlier_score(samples, prepared.names, prepared.tested_names)
        judged.extend([outliers] if outliers is not None else [])
        scanned = local_score(samples, prepared.tested_names, _conditions(rows, reference, model))
        judged.extend([scanned[0]] if scanned is not None else [])
        # An order of its own goes with each exchange: where nothing is wrong all are as likely.
        orders = rng.spawn(1)[0]
        serial = serial_score(samples.pool, prepared.names, len(samples.labels), orders)
        judged.extend([serial] if serial is not None else [])
        scores, family = _together(judged)
        done("neighbours")
        test = classifier_test(samples.symmetric, twin, samples.labels[:TRAININGS], rng)
        if test is None:
            notes.append("too few distinct showers for the classifier test")
        else:
            scores.append(auc_score(test, samples.pool))
        done("classifier")
        equivalent = _equivalent(
            prepared.at_fixed,
            cumulative_profiles(reference, model),
            paired=paired,
            replicas=replicas,
            rng=rng,
        )
        if equivalent is None:
            notes.append(
                f"equivalent Geant4 statistics need {FEWEST_REFERENCE} reference showers or more"
            )
        close = closeness(*_tables(rows, reference, model), rng)
        done("equivalent statistics")
    return MultivariateResults(
        features=prepared.names,
        scores=tuple(scores),
        family=family,
        classifier=None
        if test is None
        else classifier_record(test, samples.pool, prepared.tested_names),
        equivalent=equivalent,
        notes=tuple(notes),
        local=None if scanned is None else scanned[1],
        closeness=close,
    )


class _Prepared(NamedTuple):
    """What all scores start from.

    Attributes:
        samples: the showers that are used.
        rows: which they are of all, reference first, (N,).
        at_fixed: all showers' observables at fixed incident particle.
        names: of the features.
        tested_names: of the features that tests use.
        notes: what was reduced.
    """

    samples: Comparison
    rows: Indices
    at_fixed: Residuals
    names: tuple[str, ...]
    tested_names: tuple[str, ...]
    notes: list[str]


def _prepare(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    paired: bool,
    exchanged: int,
    rng: np.random.Generator,
) -> _Prepared | None:
    staves, conditions = detector.staves.count, (reference.conditions, model.conditions)
    at_fixed = residuals(reference, model, staves=staves)
    try:
        features = feature_matrices(*conditions, at_fixed)
        tested = feature_matrices(*conditions, residuals_of_both(reference, model, staves=staves))
    except ConditionsError:
        return None
    pool, symmetric = (
        Pool.of(one.reference, one.model, paired=paired) for one in (features, tested)
    )
    rows = pool.reduced(LARGEST, rng)
    return _Prepared(
        Comparison.of(pool[rows], symmetric[rows], exchanged, GROUPS, rng),
        rows,
        at_fixed,
        features.names,
        tested.names,
        _reductions(len(rows), len(pool)),
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


def _tables(
    rows: Indices, reference: FeatureTable, model: FeatureTable
) -> tuple[FeatureTable, FeatureTable]:
    """The showers that are used, of either sample."""
    of_reference, of_model = rows[rows < len(reference)], rows[rows >= len(reference)]
    return reference.rows(of_reference), model.rows(of_model - len(reference))


def _conditions(rows: Indices, reference: FeatureTable, model: FeatureTable) -> Conditions:
    both = (reference.conditions, model.conditions)
    return Conditions(
        *(
            np.concatenate([getattr(c, name) for c in both])[rows]
            for name in ("energy", "theta", "phi")
        )
    )


def _twins(rows: Indices, reference: FeatureTable, model: FeatureTable) -> Indices:
    of_reference, of_model = rows[rows < len(reference)], rows[rows >= len(reference)]
    return twins(shapes(reference)[of_reference], shapes(model)[of_model - len(reference)])


def _layers(reference: FeatureTable, model: FeatureTable) -> FeatureMatrices | None:
    """Energy of each layer over the incident energy, as columns."""
    name = "layer_energy"
    if name not in reference.profiles:
        return None
    ours, theirs = (
        table.profiles[name] / table.conditions.energy[:, None] for table in (reference, model)
    )
    spread = ours.std(axis=0)
    scale = np.where(spread > 0, spread, 1)
    centre = ours.mean(axis=0)
    ours, theirs = (ours - centre) / scale, (theirs - centre) / scale
    try:
        return columns_of({f"{k}": (ours[:, k], theirs[:, k]) for k in range(ours.shape[1])})
    except ConditionsError:
        return None


def _equivalent(
    at_fixed: Residuals,
    profiles: tuple[dict[str, Array], dict[str, Array]],
    *,
    paired: bool,
    replicas: int,
    rng: np.random.Generator,
) -> EquivalentStatistics | None:
    n_reference, n_model = (len(next(iter(side.values()))) for side in at_fixed)
    if n_reference < FEWEST_REFERENCE:
        return None
    found = equivalent_statistics(
        at_fixed.reference,
        at_fixed.model,
        paired=paired,
        replicas=replicas,
        rng=rng,
        profiles=profiles,
    )
    return EquivalentStatistics(
        showers=found.showers,
        low=found.low,
        high=found.high,
        distance=found.distance,
        error=found.error,
        c=found.law.c,
        points=tuple(EquivalentPoint(**point._asdict()) for point in found.points),
        n_observables=found.n_observables,
        worst=WorstObservable(**found.worst._asdict()),
        n_model=n_model,
        n_reference=n_reference,
    )
