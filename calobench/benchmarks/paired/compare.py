"""Two models, compared shower by shower."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from calobench._util.parallel import in_order
from calobench._util.threads import few_threads
from calobench.benchmarks.paired.differences import columns, mean_over, records
from calobench.benchmarks.paired.record import PairedDifference
from calobench.benchmarks.paired.replicas import SharedReplicas
from calobench.benchmarks.paired.together import together
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError
from calobench.evaluation.multivariate.evaluate import MIN_SHOWERS
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.harness.conditions import same_conditions
from calobench.observables.base import Observable
from calobench.observables.features import FeatureTable
from calobench.showers import Conditions

__all__ = ["Differences", "compare_paired"]


class Differences(NamedTuple):
    """Scores of the first model less those of the second; negative: the first is better.

    Attributes:
        together: FPD, KPD, and means over all observables.
        observables: every score of every observable.
    """

    together: tuple[PairedDifference, ...]
    observables: tuple[PairedDifference, ...]


def compare_paired(
    reference: FeatureTable,
    first: FeatureTable,
    second: FeatureTable,
    detector: DetectorSpec,
    observables: Sequence[Observable],
    *,
    paired_with_reference: bool,
    seed: np.random.SeedSequence,
    replicas: int = 200,
    progress: Callable[[str], None] | None = None,
    workers: int | None = None,
) -> Differences:
    """The difference of each score, with what both models share taken into account.

    Shower i of either model has the same condition. Intervals are from bootstrap replicas that draw the
    same conditions for both models and the same reference showers: fluctuations of the
    reference, and of the conditions, cancel in the difference. P-values are from exchanging the
    two models' showers of the same condition at random, which is exact if the two models are alike.

    Args:
        reference: observables of the reference.
        first: of one model.
        second: of the other.
        detector: gives the axes of profiles.
        observables: which to compare; all tables have them.
        paired_with_reference: shower i of the models has the condition of reference shower
            ``i mod len(reference)``.
        seed: of the resampling.
        replicas: bootstrap replicas, and as many permutations.
        progress: called with the name of each observable when it is done.
        workers: threads, None for one per core; they change no result.

    Raises:
        ConditionsError: the two models do not have the same conditions.
    """
    _require_same(first.conditions, second.conditions)
    rng = np.random.default_rng(seed)
    shared = SharedReplicas.of(
        len(reference),
        len(first),
        paired_with_reference=paired_with_reference,
        replicas=replicas,
        rng=rng,
    )
    compared = []
    for of_observable in in_order(
        lambda observable: columns(reference, first, second, detector, observable, shared),
        observables,
        workers,
    ):
        compared.extend(of_observable)
        if progress is not None:
            progress(of_observable[0].observable.name)
    averaged = [score for score in all_scores() if score.averaged]
    # Those that judge come first.
    averaged.sort(key=lambda score: len(averaged) if score.judges is None else score.judges)
    means = [mean for score in averaged if (mean := mean_over(compared, score)) is not None]
    if min(len(reference), len(first)) >= MIN_SHOWERS:
        with few_threads(len(reference) + len(first)):
            all_at_once = together(
                reference, first, second, detector, paired=paired_with_reference, rng=rng
            )
    else:
        all_at_once = ()
    return Differences((*all_at_once, *means), records(compared))


def _require_same(first: Conditions, second: Conditions) -> None:
    if len(first) != len(second) or not same_conditions(first, second):
        raise ConditionsError(
            f"the two models' samples ({len(first)} and {len(second)} showers) do not have the same "
            "conditions in the same order; generate both for the same conditions"
        )
