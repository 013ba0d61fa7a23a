"""Some showers of a sample, kept as they pass by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.cells.images import log_image
from calobench.evaluation.multivariate.samples import Pool
from calobench.showers import Showers

__all__ = ["Side", "drawn", "energy_fractions"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


class Side:
    """Chosen showers of one sample, taken as its chunks pass by.

    Args:
        chosen: which of the sample, ascending, (n,).
        images: to fill, one row per shower.
        shapes: to fill, one row per shower.
    """

    def __init__(self, chosen: Indices, images: NDArray[np.float32], shapes: Array) -> None:
        self._chosen, self._images, self._shapes = chosen, images, shapes
        self._seen = 0

    def look(self, chunk: Showers) -> None:
        """Take the chosen showers from the next chunk."""
        first, last = np.searchsorted(self._chosen, (self._seen, self._seen + len(chunk)))
        energy = chunk.energy[self._chosen[first:last] - self._seen]
        self._images[first:last] = log_image(energy)
        self._shapes[first:last] = energy_fractions(energy)
        self._seen += len(chunk)


def drawn(pool: Pool, largest: int, rng: np.random.Generator) -> Indices:
    """At most ``largest`` showers of either sample; the model's of conditions that the reference keeps.

    Of the reference those of conditions that the model has come first: only they can be exchanged.

    Args:
        pool: both samples.
        largest: of either.
        rng: source of randomness.

    Returns:
        Ascending rows, the reference first.
    """
    shared = np.isin(pool.condition, pool.condition[pool.is_model])
    reference_rows = _some(np.flatnonzero(~pool.is_model & shared), largest, rng)
    others = _some(np.flatnonzero(~pool.is_model & ~shared), largest - len(reference_rows), rng)
    reference_rows = np.sort(np.concatenate([reference_rows, others]))
    candidates = pool.is_model & np.isin(pool.condition, pool.condition[reference_rows])
    return np.concatenate([reference_rows, _some(np.flatnonzero(candidates), largest, rng)])


def _some(rows: Indices, largest: int, rng: np.random.Generator) -> Indices:
    return np.sort(rng.choice(rows, min(len(rows), largest), replace=False))


def energy_fractions(energy: NDArray[np.float32]) -> Array:
    """Fractions of the energy in radius, azimuth and depth; zeros without energy.

    Args:
        energy: of the cells, (n, R, PHI, Z).

    Returns:
        (n, R + PHI + Z).
    """
    sums = [energy.sum(axis=axes, dtype=np.float64) for axes in ((2, 3), (1, 3), (1, 2))]
    total = sums[0].sum(axis=1, keepdims=True)
    fractions: Array = np.concatenate(sums, axis=1) / np.where(total > 0, total, 1)
    return fractions
