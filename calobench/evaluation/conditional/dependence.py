"""All sample-wide quantities of a model and the reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.binned import Residuals, binned, columns, inclusive
from calobench.evaluation.conditional.bins import condition_axes
from calobench.evaluation.conditional.chance import Relabelled
from calobench.evaluation.conditional.correlations import layer_correlations, matrix
from calobench.evaluation.conditional.model import MIN_SHOWERS, ConditionalModel
from calobench.observables.base import Observable
from calobench.observables.features import FeatureTable
from calobench.results.sample import SampleRecord

__all__ = ["MIN_SHOWERS", "sample_wide"]


def sample_wide(
    reference: FeatureTable,
    model: FeatureTable,
    detector: DetectorSpec,
    observables: Sequence[Observable],
    *,
    paired: bool,
    seed: int | Sequence[int] = 0,
    conditional: ConditionalModel | None = None,
) -> SampleRecord | None:
    """Dependence on energy and angles, and correlations, of both samples.

    Args:
        reference: all observables of the reference.
        model: of the model.
        detector: its staves fold the azimuth.
        observables: of both tables.
        paired: model shower i has the condition of reference shower ``i mod len(reference)``.
        seed: of the permutations that tell how many correlations differ by chance.
        conditional: fitted to the reference, if that is done already.

    Returns:
        None where a sample has fewer than 50 showers, too few to tell a dependence from chance.
    """
    if min(len(reference), len(model)) < MIN_SHOWERS:
        return None
    staves = detector.staves.count
    conditional = conditional or ConditionalModel.fit(reference, staves=staves)
    residuals = Residuals.of(reference, model, conditional)
    parts = {observable.name for observable in observables if observable.part_of is not None}
    names = [name for name in residuals.names if name not in parts]
    relabelled = Relabelled.draw(
        len(reference), len(model), paired=paired, rng=np.random.default_rng(seed)
    )
    return SampleRecord(
        inclusive=inclusive(reference, model, residuals),
        binned=tuple(
            binned(axis, reference, model, residuals)
            for axis in condition_axes(reference.conditions, staves)
        ),
        correlations=(
            matrix(
                "observables",
                names,
                columns(reference.scalars, names),
                columns(model.scalars, names),
                relabelled,
            ),
            matrix(
                "at_fixed_conditions",
                names,
                residuals.select(residuals.reference_spread, names),
                residuals.select(residuals.model, names),
                relabelled,
            ),
            layer_correlations(reference, model, relabelled),
        ),
    )
