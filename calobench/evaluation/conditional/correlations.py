"""Correlations of the numbers of a shower: matrices of both samples and their difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import to_digits
from calobench.evaluation.conditional.chance import LARGE_PULL, Relabelled, chance_of_large
from calobench.observables.features import FeatureTable
from calobench.results.sample import CorrelationMatrix, Kind
from calobench.stats.comoments import CoMoments

__all__ = ["compare", "layer_correlations", "matrix"]

Array = NDArray[np.float64]

# A number whose spread is a smaller part of its size does not vary: what is left is rounding.
MIN_SPREAD = 1e-9

PROFILE = "longitudinal_profile"


def layer_correlations(
    reference: FeatureTable, model: FeatureTable, relabelled: Relabelled | None = None
) -> CorrelationMatrix:
    """Correlations along z of the fractions of the visible energy in the layers.

    Fractions, not energies: the energies of all layers grow with the incident energy, and nothing
    else would be seen. Fractions sum to one, which correlates distant layers negatively, in both
    samples alike.

    Args:
        reference: has the observable ``longitudinal_profile``.
        model: likewise.
        relabelled: tells what chance does; None: nothing is said of that.
    """
    of_model, of_reference = model.profiles[PROFILE], reference.profiles[PROFILE]
    names = [str(layer) for layer in range(of_reference.shape[1])]
    return matrix("layers", names, of_reference, of_model, relabelled)


def matrix(
    kind: Kind,
    names: Sequence[str],
    reference: Array,
    model: Array,
    relabelled: Relabelled | None = None,
) -> CorrelationMatrix:
    """Pairwise correlations of numbers of a shower; those that do not vary are left out.

    Args:
        kind: what is correlated.
        names: of the K numbers.
        reference: (N_ref, K), NaN where undefined: such a shower is left out.
        model: (N_model, K).
        relabelled: tells what chance does; None: nothing is said of that.
    """
    varying = [k for k in range(len(names)) if _varies(reference[:, k]) and _varies(model[:, k])]
    reference, model = reference[:, varying], model[:, varying]
    empty = CoMoments.empty(len(varying))
    record = compare(
        kind,
        [names[k] for k in varying],
        empty.with_showers(reference),
        empty.with_showers(model),
    )
    if relabelled is None:
        return record
    large = sum(abs(pull) > LARGE_PULL for pull in record.pull)
    chance = chance_of_large(reference, model, large, relabelled)
    return record.model_copy(update={"chance": chance})


def compare(
    kind: Kind,
    names: Sequence[str],
    reference: CoMoments,
    model: CoMoments,
) -> CorrelationMatrix:
    """The record of two matrices from the sums of both samples.

    Args:
        kind: what is correlated.
        names: of the K numbers.
        reference: sums of K numbers that vary.
        model: likewise.
    """
    of_reference, of_model = reference.correlations(), model.correlations()
    pairs = np.triu_indices(len(names), 1)
    difference = (of_model.z - of_reference.z)[pairs]
    error = np.hypot(of_model.error, of_reference.error)[pairs]
    pull = np.divide(difference, error, out=np.zeros_like(error), where=error > 0)
    return CorrelationMatrix(
        kind=kind,
        names=tuple(names),
        n_reference=int(reference.total),
        n_model=int(model.total),
        reference=tuple(np.round(of_reference.r[pairs], 4).tolist()),
        model=tuple(np.round(of_model.r[pairs], 4).tolist()),
        pull=tuple(np.round(pull, 2).tolist()),
        rms_difference=_rms(difference),
        rms_expected=_rms(error),
    )


def _varies(values: Array) -> bool:
    defined = values[np.isfinite(values)]
    if len(defined) < 2:
        return False
    return bool(defined.std() > MIN_SPREAD * np.abs(defined).max())


def _rms(values: Array) -> float:
    return to_digits(float(np.sqrt(np.mean(values**2))), 4) if len(values) else 0.0
