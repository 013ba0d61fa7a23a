"""Differences of correlations, as scores: of all features, and of the energies of layers.

Pitfalls: correlations over a broad spectrum of energies are mostly those with the energy. Here the
dependence on energy and angle is taken out first; in other programs it may not be.
"""

from __future__ import annotations

import numpy as np

from calobench.errors import ConditionsError
from calobench.evaluation.multivariate.base import MultivariateFunction, Outcome, Task
from calobench.evaluation.multivariate.correlation import (
    correlation_difference,
    correlation_differences,
    correlations,
)
from calobench.evaluation.multivariate.features import FeatureMatrices, columns_of
from calobench.evaluation.multivariate.judging import Judged, Name, judged
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.observables.features import FeatureTable
from calobench.stats.jackknife import jackknife

__all__ = ["CORRELATIONS", "SCORES", "correlation_score"]

CORRELATIONS = Name(
    "correlation",
    "Δρ of features",
    "Root mean square difference of the correlations of all pairs of features.",
    tolerance=True,
)
LAYERS = Name(
    "layer_correlation",
    "Δρ of layers",
    "Root mean square difference of the correlations of all pairs of layer energies.",
    tolerance=True,
)


def correlation_score(name: Name, samples: Comparison) -> Judged:
    """Difference of correlations; its null at these sizes is not zero.

    Args:
        name: what is correlated.
        samples: to compare, what is correlated as their features.
    """
    pool, groups = samples.pool, samples.groups
    values = correlation_differences(pool, samples.observed_first)
    tested = correlation_differences(samples.symmetric, samples.observed_first)
    without = [
        correlation_difference(
            *(
                correlations(pool.features[side & (groups != k)])
                for side in (~pool.is_model, pool.is_model)
            )
        )
        for k in range(int(groups.max()) + 1)
    ]
    value = float(values[0])
    return judged(
        name,
        pool,
        value=value,
        spread=jackknife(value, np.array(without)),
        null=values[1:],
        tested=tested,
        worse="high",
    )


def _of_features(task: Task) -> Outcome:
    return Outcome((correlation_score(CORRELATIONS, task.samples),))


def _of_layers(task: Task) -> Outcome:
    layers = _layers(task.reference, task.model)
    if layers is None:
        return Outcome()
    pool = Pool.of(layers.reference, layers.model, paired=task.paired)[task.rows]
    return Outcome((correlation_score(LAYERS, task.samples.on(pool)),))


def _layers(reference: FeatureTable, model: FeatureTable) -> FeatureMatrices | None:
    """Energy of each layer over the incident energy, as columns."""
    name = "layer_energy"
    if name not in reference.profiles:
        return None
    of_reference, of_model = (
        table.profiles[name] / table.conditions.energy[:, None] for table in (reference, model)
    )
    spread = of_reference.std(axis=0)
    scale = np.where(spread > 0, spread, 1)
    centre = of_reference.mean(axis=0)
    of_reference, of_model = (of_reference - centre) / scale, (of_model - centre) / scale
    try:
        return columns_of(
            {f"{k}": (of_reference[:, k], of_model[:, k]) for k in range(of_reference.shape[1])}
        )
    except ConditionsError:
        return None


SCORES = (
    MultivariateFunction("correlation", _of_features, order=30, names=(CORRELATIONS,)),
    MultivariateFunction("layer_correlation", _of_layers, order=31, names=(LAYERS,)),
)
