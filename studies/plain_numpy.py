"""The same observables and scores as a script would compute them: what calobench is compared with."""

from __future__ import annotations

from contextlib import ExitStack
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from calobench.detectors import DetectorSpec
from calobench.evaluation.univariate import Distributions, all_scores
from calobench.evaluation.univariate.binning import reference_edges
from calobench.observables import FeatureTable, Projections, all_observables
from calobench.showers import Showers
from calobench.stats.weights import as_they_are

__all__ = ["features", "replicas", "require_same", "scores"]

Array = NDArray[np.float64]

CHUNK = 1000


def features(sample: Showers, detector: DetectorSpec) -> dict[str, Array]:
    """Every observable from the cells: no sum is shared, and cells are counted the plain way."""
    counting = {"spectrum.cells_in_bins": _cells_in_bins, "occupancy.cells_above": _cells_above}
    columns: dict[str, list[Array]] = {}
    with ExitStack() as stack:
        for name, function in counting.items():
            stack.enter_context(mock.patch(f"calobench.observables.{name}", function))
        for first in range(0, len(sample), CHUNK):
            chunk = sample[first : first + CHUNK]
            for observable in all_observables():
                values = observable.compute(Projections(chunk, detector.mesh_geometry))
                columns.setdefault(observable.name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def _cells_in_bins(energy: NDArray[np.float32], edges: Array) -> Array:
    cells = energy.reshape(len(energy), -1)
    shower, cell = np.nonzero(cells > 0)
    bins = np.searchsorted(edges, cells[shower, cell].astype(np.float64), side="right")
    entries = len(edges) + 1
    counts = np.bincount(shower * entries + bins, minlength=len(cells) * entries)
    return counts.reshape(len(cells), entries).astype(np.float64)


def _cells_above(energy: NDArray[np.float32], threshold: float) -> Array:
    return np.asarray((energy > threshold).sum(axis=(1, 2, 3), dtype=np.float64))


def scores(reference: Array, model: Array) -> dict[str, float]:
    """Chi-square per degree of freedom and W1 of one number, by numpy and scipy."""
    reference, model = reference[~np.isnan(reference)], model[~np.isnan(model)]
    edges = np.concatenate([[-np.inf], reference_edges(reference), [np.inf]])
    n, m = (np.histogram(sample, edges)[0] for sample in (reference, model))
    root = np.sqrt(len(model) / len(reference))
    filled = n + m > 0
    terms = (root * n[filled] - m[filled] / root) ** 2 / (n + m)[filled]
    return {
        "chi2": float(terms.sum() / (np.count_nonzero(filled) - 1)),
        "wasserstein": float(wasserstein_distance(reference, model) / reference.std()),
    }


def replicas(reference: Array, model: Array, number: int, rng: np.random.Generator) -> None:
    """Scores of samples drawn again, one after the other."""
    for _ in range(number):
        scores(rng.choice(reference, len(reference)), rng.choice(model, len(model)))


def require_same(
    expected: FeatureTable, tables: tuple[dict[str, Array], dict[str, Array]]
) -> float:
    """Check that calobench finds the same.

    Args:
        expected: the reference's observables by calobench.
        tables: both samples' by :func:`features`.

    Returns:
        The largest relative difference of a score.

    Raises:
        RuntimeError: an observable or a score differs by more than rounding.
    """
    for name, column in {**expected.scalars, **expected.profiles}.items():
        if not np.allclose(tables[0][name], column, rtol=1e-9, atol=1e-9, equal_nan=True):
            raise RuntimeError(f"the plain {name} is not calobench's")
    worst = 0.0
    for name in expected.scalars:
        pair = [table[name] for table in tables]
        if any(np.isnan(column).any() for column in pair) or pair[0].std() == 0:
            continue
        plain = scores(*pair)
        once = as_they_are(*(len(column) for column in pair))
        for function in all_scores():
            if function.name in plain:
                value = float(function(Distributions.of(*pair), once).value[0])
                worst = max(worst, abs(value / plain[function.name] - 1))
    if worst > 1e-6:
        raise RuntimeError(f"plain scores differ from calobench's by {worst:.1g}")
    return worst
