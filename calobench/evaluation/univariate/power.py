"""The smallest effect that a score can see at the sizes of the samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.evaluation.univariate.base import ScoreFunction
from calobench.evaluation.univariate.samples import Distributions, PooledDistributions, Samples
from calobench.stats.line import Line, Sorted
from calobench.stats.resampling import Replicas
from calobench.stats.weights import Draws, Weights

__all__ = ["LEVEL", "POWER", "Detection", "detections", "minimum_detectable"]

Array = NDArray[np.float64]

POWER = 0.8
LEVEL = 0.05

# Replicas for the limit that a score must exceed, and for the power at each shift: the power is
# known to 4 %, the effect to about a tenth.
FOR_LIMIT, FOR_POWER = 200, 100

# Shifts that are tried, in standard deviations of the difference of the means: a test of the
# means would need 2.5 of them.
FIRST, GROWTH, LAST = 2.2, 1.6, 100.0


class Detection(NamedTuple):
    """Values of a score for models that are shifted and otherwise perfect.

    Attributes:
        shifts: increasing from 0, in standard deviations of the reference, (S,).
        values: of the score, for models with each shift, (S, B).
    """

    shifts: Array
    values: Array

    def smallest(self, limit: float, power: float = POWER) -> float | None:
        """The shift at which the score exceeds ``limit`` in a fraction ``power`` of models.

        The score that this fraction exceeds grows smoothly with the shift: it is interpolated.
        None where no shift that was tried is large enough.
        """
        reached = np.maximum.accumulate(np.quantile(self.values, 1 - power, axis=1))
        if limit > reached[-1]:
            return None
        return float(np.interp(limit, reached, self.shifts))


def detections(
    functions: Sequence[ScoreFunction],
    samples: Samples,
    permutations: Replicas,
    limits: Sequence[float],
    *,
    power: float = POWER,
) -> tuple[Detection | None, ...]:
    """Shift the model in permutations of the two samples, which are what agreeing samples look like.

    Args:
        functions: the scores.
        samples: one observable in both samples.
        permutations: relabellings of the two samples, the first the observed one.
        limits: of each score, the largest that anybody will ask about.
        power: fraction of models that must exceed these limits before the shift grows no further.

    Returns:
        One per function; None for vectors and for an observable that is constant.
    """
    nothing = (None,) * len(functions)
    if not isinstance(samples, Distributions):
        return nothing
    defined = samples.reference[~np.isnan(samples.reference)]
    spread = float(defined.std()) if len(defined) else 0.0
    pooled = samples.coarse().pooled()
    weights = _some(permutations, FOR_POWER)
    noise = _spread_of_shift(pooled, weights)
    if spread <= 1e-12 * np.abs(defined).max(initial=0) or noise <= 0:
        return nothing
    shifts, values = [0.0], [[f(pooled, weights).value for f in functions]]
    shift, least = FIRST * noise, 0.0
    while least < power and shift < LAST * noise:
        moved = _Shifted.by(pooled, shift)
        shifts.append(shift)
        values.append([f(moved, weights).value for f in functions])
        least = min(
            float(np.mean(value > limit)) for value, limit in zip(values[-1], limits, strict=True)
        )
        shift *= GROWTH
    return tuple(
        Detection(np.array(shifts) / spread, np.stack(rows)) for rows in zip(*values, strict=True)
    )


def minimum_detectable(
    functions: Sequence[ScoreFunction],
    samples: Samples,
    permutations: Replicas,
    *,
    power: float = POWER,
    level: float = LEVEL,
) -> tuple[float | None, ...]:
    """The smallest shift that each score alone detects, as a test of its own.

    Args:
        functions: the scores.
        samples: one observable in both samples.
        permutations: relabellings of the two samples, the first the observed one.
        power: fraction of models with this shift that are detected.
        level: fraction of perfect models that are wrongly rejected.

    Returns:
        One per function, in standard deviations of the reference; None for vectors, for an observable
        that is constant, and where no shift is large enough.
    """
    if not isinstance(samples, Distributions):
        return (None,) * len(functions)
    pooled, unshifted = samples.coarse().pooled(), _some(permutations, FOR_LIMIT)
    limits = [float(np.quantile(f(pooled, unshifted).value, 1 - level)) for f in functions]
    curves = detections(functions, samples, permutations, limits, power=power)
    return tuple(
        None if one is None else one.smallest(limit, power)
        for one, limit in zip(curves, limits, strict=True)
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
