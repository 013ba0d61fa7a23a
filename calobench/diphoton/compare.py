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

# Bins in which all pairs of both samples give the same say nothing.
_CONSTANT = 1e-12


class CurveScore(NamedTuple):
    """How far two curves are apart.

    Attributes:
        value: T squared divided by ``ndf``; near 1 where the curves agree.
        ndf: number of bins in which anything varies.
        error: bootstrap standard deviation, pairs of both samples resampled.
        null_median: median for Geant4 against Geant4 at the same numbers of pairs.
        null_95: 95 % quantile of the same.
        p_value: share of permutations of the pairs with at least this value.
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
        reference: one vector a pair, (N, K).
        model: (M, K).

    Returns:
        T squared / ndf, and ndf, the rank of the covariance; (0, 0) where nothing varies.
    """
    n, m = len(reference), len(model)
    pool = np.concatenate([reference, model])
    difference = model.mean(axis=0) - reference.mean(axis=0)
    centred = pool - pool.mean(axis=0)
    scatter = centred.T @ centred
    varies = np.diag(scatter) > _CONSTANT * len(pool)
    if not varies.any():
        return 0.0, 0
    scatter = scatter[np.ix_(varies, varies)]
    inverse = np.linalg.pinv(scatter, rcond=1e-8, hermitian=True)
    ndf = int(np.linalg.matrix_rank(scatter, tol=1e-8 * np.trace(scatter), hermitian=True))
    # With the scatter about the common mean, 0 <= share <= 1: the part that the difference explains.
    share = n * m / (n + m) * float(difference[varies] @ inverse @ difference[varies])
    share = min(share, 1 - 1 / (n + m) ** 2)
    return (n + m - 2) * share / (1 - share) / ndf, ndf


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
    pool = np.concatenate([reference, model])

    def resampled() -> float:
        return t_squared(reference[rng.integers(n, size=n)], model[rng.integers(m, size=m)])[0]

    def geant4_only() -> float:
        return t_squared(reference[rng.integers(n, size=n)], reference[rng.integers(n, size=m)])[0]

    def exchanged() -> float:
        order = rng.permutation(n + m)
        return t_squared(pool[order[:n]], pool[order[n:]])[0]

    null = [geant4_only() for _ in range(replicas)]
    at_least = sum(exchanged() >= value for _ in range(replicas))
    return CurveScore(
        value,
        ndf,
        float(np.std([resampled() for _ in range(replicas)], ddof=1)),
        float(np.median(null)),
        float(np.quantile(null, 0.95)),
        (1 + at_least) / (1 + replicas),
    )
