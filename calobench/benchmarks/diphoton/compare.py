"""Two curves compared: Hotelling's T squared over the bins, with bootstrap, null and permutations.

The unit is the pair of showers. Each pair is placed at one separation in every bin, so it gives one
vector over the bins; the bins of a curve are therefore correlated, and the covariance of these vectors
says how much. Vectors of different pairs and seeds are independent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CurveScore", "compare", "t_squared"]

Floats = NDArray[np.float64]

# Bins in which all pairs of both samples give the same say nothing, nor do combinations of bins that do.
_CONSTANT = 1e-9
_DEGENERATE = 1e-8


class CurveScore(NamedTuple):
    """Distance of two curves.

    Attributes:
        value: T squared divided by ``ndf``; near 1 where the curves agree.
        ndf: number of bins in which anything varies.
        error: bootstrap standard deviation, pairs of both samples resampled.
        null_median: median for Geant4 against Geant4 at the same numbers of pairs.
        null_95: 95 % quantile of the same.
        p_value: fraction of permutations of the pairs with at least this value.
    """

    value: float
    ndf: int
    error: float
    null_median: float
    null_95: float
    p_value: float


def t_squared(reference: Floats, model: Floats) -> tuple[float, int]:
    """Hotelling's two-sample T squared (Ann. Math. Stat. 2 (1931) 360) over its degrees of freedom.

    Args:
        reference: one vector per pair, (N, K).
        model: (M, K).

    Returns:
        T squared / ndf, and ndf, the rank of the covariance; (0, 0) where nothing varies.
    """
    n, m = len(reference), len(model)
    sums = _Sums(np.concatenate([reference, model]))
    first = (np.arange(n + m)[None] < n).astype(np.float64)
    value, ndf = sums.t_squared(first, 1 - first)
    return float(value[0]), int(ndf[0])


def compare(
    reference: Floats, model: Floats, *, replicas: int, rng: np.random.Generator
) -> CurveScore:
    """Score a curve.

    Args:
        reference: Geant4's vectors, (N, K).
        model: the model's, (M, K).
        replicas: of bootstrap, null and permutations each.
        rng: draws them.
    """
    n, m = len(reference), len(model)
    value, ndf = t_squared(reference, model)
    both = _Sums(np.concatenate([reference, model]))
    empty = np.zeros((replicas, 1))
    resampled, _ = both.t_squared(
        np.hstack([_drawn(n, n, replicas, rng), np.tile(empty, m)]),
        np.hstack([np.tile(empty, n), _drawn(m, m, replicas, rng)]),
    )
    null, _ = _Sums(reference).t_squared(_drawn(n, n, replicas, rng), _drawn(n, m, replicas, rng))
    chosen = (rng.random((replicas, n + m)).argsort(axis=1) < n).astype(np.float64)
    permuted, _ = both.t_squared(chosen, 1 - chosen)
    # Equal up to rounding is equal: few different values are possible for efficiencies.
    at_least = np.count_nonzero(permuted >= value * (1 - 1e-9))
    return CurveScore(
        value,
        ndf,
        float(np.std(resampled, ddof=1)),
        float(np.median(null)),
        float(np.quantile(null, 0.95)),
        (1 + at_least) / (1 + replicas),
    )


class _Sums:
    """Sums of vectors and of their products: all that T squared needs of many draws of one pool.

    Args:
        pool: one vector per pair, (P, K).
    """

    def __init__(self, pool: Floats) -> None:
        # About their mean and in units of their spread, so that nothing is lost to rounding.
        centred = pool - pool.mean(axis=0)
        spread = centred.std(axis=0)
        varies = spread > _CONSTANT
        self._vectors = centred[:, varies] / spread[varies]
        self._products = np.einsum("pi,pj->pij", self._vectors, self._vectors)

    def t_squared(self, first: Floats, second: Floats) -> tuple[Floats, NDArray[np.intp]]:
        """T squared / ndf, and ndf, of R pairs of samples.

        Args:
            first: how often each vector is in the first sample, (R, P).
            second: in the second sample, (R, P).
        """
        replicas, k = len(first), self._vectors.shape[1]
        if k == 0:
            return np.zeros(replicas), np.zeros(replicas, dtype=np.intp)
        n, m = first.sum(axis=1)[:, None], second.sum(axis=1)[:, None]
        total = n + m
        sums = first @ self._vectors, second @ self._vectors
        difference = sums[1] / m - sums[0] / n
        mean = (sums[0] + sums[1]) / total
        products = ((first + second) @ self._products.reshape(len(self._products), -1)).reshape(
            replicas, k, k
        )
        scatter = products / total[..., None] - np.einsum("ri,rj->rij", mean, mean)
        size, axes = np.linalg.eigh(scatter)
        kept = size > _DEGENERATE
        along = np.einsum("rk,rki->ri", difference, axes) ** 2
        distance = np.divide(along, size, out=np.zeros_like(size), where=kept).sum(axis=1)
        ndf = np.count_nonzero(kept, axis=1)
        # With the scatter about the common mean, 0 <= explained <= 1: the part that the difference explains.
        n, m, total = n[:, 0], m[:, 0], total[:, 0]
        explained = np.minimum(n * m / total**2 * distance, 1 - 1 / total**2)
        return (total - 2) * explained / (1 - explained) / np.maximum(ndf, 1), ndf


def _drawn(size: int, draws: int, replicas: int, rng: np.random.Generator) -> Floats:
    """Number of times that each of ``size`` is drawn in ``draws`` with replacement, (R, size)."""
    return rng.multinomial(draws, np.full(size, 1 / size), size=replicas).astype(np.float64)
