"""The smallest effect that a score can see at the sizes of the samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from calobench.evaluation.univariate.base import ScoreFunction
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.evaluation.univariate.samples import Distributions, PooledDistributions, Samples
from calobench.results.schema import Score
from calobench.stats.line import Line, Sorted
from calobench.stats.resampling import Replicas
from calobench.stats.weights import Draws, Weights

__all__ = ["LEVEL", "POWER", "minimum_detectable", "with_minimum_detectable"]

Array = NDArray[np.float64]

POWER = 0.8
LEVEL = 0.05

# Replicas for the limit that a score must exceed, and for the power at each shift: the power is
# known to 4 %, the effect to about a tenth.
FOR_LIMIT, FOR_POWER = 200, 100

# Shifts that are tried, in standard deviations of the difference of the means: a test of the
# means would need 2.5 of them.
FIRST, GROWTH, LAST = 2.2, 1.6, 100.0


def minimum_detectable(
    functions: Sequence[ScoreFunction],
    samples: Samples,
    permutations: Replicas,
    *,
    power: float = POWER,
    level: float = LEVEL,
) -> tuple[float | None, ...]:
    """The shift that each score would find.

    In every permutation of the two samples, which is what agreeing samples look like at these sizes
    and with these conditions, the model's showers are shifted; the shift is the one at which the
    score exceeds the ``1 - level`` quantile of the unshifted ones in a share ``power`` of them.

    Args:
        functions: the scores.
        samples: one observable in both samples.
        permutations: exchanges of the two samples, the first none.
        power: share of models with this shift that are found.
        level: share of perfect models that are wrongly found.

    Returns:
        One a function, in standard deviations of the reference; None for vectors, for an observable
        that is constant, and where no shift is large enough.
    """
    if not isinstance(samples, Distributions):
        return (None,) * len(functions)
    defined = samples.reference[~np.isnan(samples.reference)]
    spread = float(defined.std()) if len(defined) else 0.0
    pooled = samples.coarse().pooled()
    unshifted = _some(permutations, FOR_LIMIT)
    noise = _spread_of_shift(pooled, unshifted)
    if spread <= 1e-12 * np.abs(defined).max(initial=0) or noise <= 0:
        return (None,) * len(functions)
    limits = [np.quantile(f(pooled, unshifted).value, 1 - level) for f in functions]
    weights = _some(permutations, FOR_POWER)
    shifts, powers = [0.0], [[level] * len(functions)]
    shift = FIRST * noise
    while min(powers[-1]) < power and shift < LAST * noise:
        moved = _Shifted.by(pooled, shift)
        found = [
            float(np.mean(f(moved, weights).value > limit))
            for f, limit in zip(functions, limits, strict=True)
        ]
        shifts.append(shift)
        powers.append(found)
        shift *= GROWTH
    return tuple(
        _where_reached(np.array(shifts) / spread, np.array(column), power)
        for column in zip(*powers, strict=True)
    )


def with_minimum_detectable(
    scores: Sequence[Score], samples: Samples, permutations: Replicas
) -> tuple[Score, ...]:
    """The same scores, each with the shift that it would find.

    Args:
        scores: of one observable, one a score in the order of all scores.
        samples: the observable in both samples.
        permutations: exchanges of the two samples, the first none.
    """
    found = minimum_detectable(all_scores(), samples, permutations)
    return tuple(
        score.model_copy(update={"minimum_detectable": effect})
        for score, effect in zip(scores, found, strict=True)
    )


class _Shifted(PooledDistributions):
    """The pool, and beside it the pool with every value shifted."""

    @classmethod
    def by(cls, pooled: PooledDistributions, shift: float) -> _Shifted:
        return cls(
            pooled.reference, pooled.model + shift, pooled.edges, _shifted(pooled.line, shift)
        )

    # Both parts are counted where they lie; edges stay those of each replica's reference.
    _count = Distributions._count


def _shifted(line: Line, shift: float) -> Line:
    points = np.concatenate([line.points, line.points + shift])
    order = np.argsort(points, kind="stable")
    place = np.empty(len(points), dtype=np.intp)
    place[order] = np.arange(len(points))
    here, there = np.split(place, 2)
    return line._replace(
        points=points[order],
        reference=_at(line.pool, here, len(points)),
        model=_at(line.pool, there, len(points)),
    )


def _at(sample: Sorted, place: NDArray[np.intp], points: int) -> Sorted:
    """The same showers, standing at some of more points."""
    counts = np.zeros(points, dtype=sample.starts.dtype)
    counts[place] = np.diff(sample.starts)
    return Sorted(sample.showers, np.append(0, np.cumsum(counts)))


def _some(permutations: Replicas, most: int) -> Weights:
    """Permutations without the observed one, no more than are needed."""
    part = slice(1, 1 + most)
    reference, model = permutations.reference_draws, permutations.model_draws
    return Weights(*(Draws(draws.counts[part], draws.units) for draws in (reference, model)))


def _spread_of_shift(pooled: PooledDistributions, weights: Weights) -> float:
    """Standard deviation of the difference of the means where there is none."""
    counts = pooled.counts(weights)
    n, m = np.maximum(counts.reference_total, 1), np.maximum(counts.model_total, 1)
    x = counts.points - counts.points.mean()
    return float(np.std(counts.reference @ x / n - counts.model @ x / m))


def _where_reached(shifts: Array, powers: Array, wanted: float) -> float | None:
    """The shift at which the power is first reached, between two that were tried.

    On the scale on which the power of a Gaussian test is a straight line.
    """
    reached = np.flatnonzero(powers >= wanted)
    if len(reached) == 0:
        return None
    part = slice(int(reached[0]) - 1, int(reached[0]) + 1)
    end = 0.5 / FOR_POWER
    low, high = norm.ppf(np.clip(powers[part], end, 1 - end))
    share = (norm.ppf(wanted) - low) / (high - low)
    return float(shifts[part][0] + share * np.diff(shifts[part])[0])
