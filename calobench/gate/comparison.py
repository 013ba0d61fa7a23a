"""One metric in two runs: how far each is from Geant4, and whether the two differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from calobench.gate.failures import failure_p_value, fraction_p_value, is_impossible
from calobench.results.quality import CountMetric, EstimateMetric, HistogramMetric, Metric

__all__ = ["Comparison", "compare"]


class Comparison(NamedTuple):
    """A metric before and after.

    Attributes:
        before: the baseline's distance to Geant4, signed where it has a direction.
        before_error: its error from the baseline's sample; that of the reference is common to both.
        after: the candidate's.
        after_error: likewise.
        worse: the candidate is farther from Geant4. Whether one on the other side is worse although
            it is no farther depends on the floor: see :meth:`crossed`.
        p_value: of both having come from one model, two-sided.
        error: of the change, where it is Gaussian; None otherwise.
        by_itself: the p-value is of the candidate alone, which has what physics forbids.
    """

    before: float
    before_error: float
    after: float
    after_error: float
    worse: bool
    p_value: float
    error: float | None
    by_itself: bool = False

    @property
    def excess(self) -> float:
        """By how much the candidate is farther from Geant4; negative where it is nearer."""
        return abs(self.after) - abs(self.before)

    def crossed(self, floor: float) -> bool:
        """Whether it lies beyond the floor on the other side of Geant4 than before, and not nearer."""
        other_side = self.before * self.after < 0 and min(abs(self.before), abs(self.after)) > floor
        return other_side and self.excess >= -floor


def compare(baseline: Metric, candidate: Metric) -> Comparison | None:
    """Compare two runs in one metric; None if the two are not of the same make."""
    if isinstance(baseline, EstimateMetric) and isinstance(candidate, EstimateMetric):
        return _estimates(baseline, candidate)
    if isinstance(baseline, HistogramMetric) and isinstance(candidate, HistogramMetric):
        filled = all(sum(one.counts) and sum(one.reference_counts) for one in (baseline, candidate))
        same = filled and _same_bins(baseline, candidate)
        return _histograms(baseline, candidate) if same else None
    if isinstance(baseline, CountMetric) and isinstance(candidate, CountMetric):
        return _counts(baseline, candidate)
    return None


def _estimates(baseline: EstimateMetric, candidate: EstimateMetric) -> Comparison:
    error = math.hypot(baseline.error, candidate.error)
    before = baseline.value - baseline.reference
    after = candidate.value - candidate.reference
    # The two references are one: their part must cancel exactly, whatever the rounding.
    change = abs(candidate.value - baseline.value)
    z = change / error if error > 0 else math.inf * change if change > 0 else 0.0
    return Comparison(
        before,
        baseline.error,
        after,
        candidate.error,
        worse=abs(after) > abs(before),
        p_value=math.erfc(z / math.sqrt(2)),
        error=error,
    )


def _histograms(baseline: HistogramMetric, candidate: HistogramMetric) -> Comparison:
    reference = candidate.reference_counts
    square_before, error_before = _squared_distance(baseline.counts, reference)
    square_after, error_after = _squared_distance(candidate.counts, reference)
    return Comparison(
        _root(square_before),
        _error_of_root(square_before, error_before),
        _root(square_after),
        _error_of_root(square_after, error_after),
        worse=square_after > square_before,
        p_value=_two_sample_chi2(baseline.counts, candidate.counts),
        error=None,
    )


def _same_bins(first: HistogramMetric, second: HistogramMetric) -> bool:
    # The same fit on another processor differs in the last digits.
    return first.edges == second.edges or (
        len(first.edges) == len(second.edges)
        and bool(np.allclose(first.edges, second.edges, rtol=1e-4, atol=1e-6))
    )


def _two_sample_chi2(first: Sequence[int], second: Sequence[int]) -> float:
    """P-value of the test that two histograms come from one distribution."""
    filled = [(x, y) for x, y in zip(first, second, strict=True) if x + y]
    n, m = sum(first), sum(second)
    if len(filled) < 2 or n == 0 or m == 0:
        return 1.0
    chi2 = sum((m * x - n * y) ** 2 / (x + y) for x, y in filled) / (n * m)
    return float(chdtrc(len(filled) - 1, chi2))


def _squared_distance(counts: Sequence[int], reference: Sequence[int]) -> tuple[float, float]:
    """Cohen's w squared, without what the finite samples add to it, and its error.

    w^2 = sum (p - q)^2 / q over the bins; half a shower in each bin of the reference keeps q from
    being 0. It is unbiased and so may be negative.
    """
    bins, n, m = len(counts), sum(counts), sum(reference)
    fractions = [
        (x / n, (y + 0.5) / (m + 0.5 * bins)) for x, y in zip(counts, reference, strict=True)
    ]
    ratios = [(p, (p - q) / q) for p, q in fractions]
    square = sum(r * (p - q) for (p, q), (_, r) in zip(fractions, ratios, strict=True))
    variance = sum(r * r * p for p, r in ratios) - sum(r * p for p, r in ratios) ** 2
    error = math.sqrt(4 * max(variance, 0.0) / n + 2 * (bins - 1) / n**2)
    return square - (bins - 1) * (1 / n + 1 / m), error


def _root(square: float) -> float:
    return math.sqrt(max(square, 0.0))


def _error_of_root(square: float, error: float) -> float:
    # d sqrt(s) = ds / (2 sqrt(s)), and no more than the root of the error itself near 0.
    return min(error / (2 * _root(square)) if square > 0 else math.inf, math.sqrt(error))


def _counts(baseline: CountMetric, candidate: CountMetric) -> Comparison:
    before, after = _fraction(baseline.count, baseline.n), _fraction(candidate.count, candidate.n)
    reference = _fraction(candidate.reference_count, candidate.n_reference)
    worse = abs(after - reference) > abs(before - reference)
    failing = candidate.failure and worse and after > before
    return Comparison(
        before - reference,
        _fraction_error(baseline),
        after - reference,
        _fraction_error(candidate),
        worse=worse,
        # Two-sided like all: half of it is that of one side.
        p_value=min(1.0, 2 * failure_p_value(baseline, candidate))
        if failing
        else _exact(baseline, candidate),
        error=None,
        by_itself=failing and is_impossible(baseline, candidate),
    )


def _exact(baseline: CountMetric, candidate: CountMetric) -> float:
    """Fisher's exact test, two-sided as twice the smaller side.

    The tails differ where the samples do in size, and half of it must still be valid for one side.
    """
    if candidate.count + baseline.count == 0:
        return 1.0
    sides = (
        fraction_p_value(candidate.count, candidate.n, baseline.count, baseline.n),
        fraction_p_value(baseline.count, baseline.n, candidate.count, candidate.n),
    )
    return min(1.0, 2 * min(sides))


def _fraction(count: int, n: int) -> float:
    return count / n if n else 0.0


def _fraction_error(metric: CountMetric) -> float:
    """Error of a fraction, with one shower more on either side so that it is never 0 (Agresti-Coull)."""
    fraction = (metric.count + 1) / (metric.n + 2)
    return math.sqrt(fraction * (1 - fraction) / max(metric.n, 1))
