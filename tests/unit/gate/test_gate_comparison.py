from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, chi2_contingency, fisher_exact, norm

from calobench.gate.comparison import compare
from calobench.results.quality import CountMetric, EstimateMetric, HistogramMetric


def estimate(value: Any, error: float = 0.03, reference: float = 0.01) -> EstimateMetric:
    return EstimateMetric(
        name="x.bias", kind="bias", columns=("x",), value=value, error=error, n=1000,
        reference=reference, reference_error=0.02, n_reference=2000,
    )  # fmt: skip


def histogram(
    counts: Any,
    edges: tuple[float, float] = (0.0, 1.0),
    reference: tuple[int, int, int] = (1000, 1000, 1000),
) -> HistogramMetric:
    return HistogramMetric(
        name="x.shape", kind="shape", columns=("x",), edges=edges, counts=tuple(counts),
        reference_counts=reference,
    )  # fmt: skip


def count(k: Any, n: int = 1000, reference: int = 0) -> CountMetric:
    return CountMetric(
        name="sample.empty", kind="sample", columns=(), count=k, n=n, reference_count=reference,
        n_reference=1000,
    )  # fmt: skip


def test_estimates_differ_by_their_errors_and_the_reference_cancels() -> None:
    comparison = compare(estimate(0.0, 0.03, 0.3), estimate(0.2, 0.04, 0.3))
    assert comparison.p_value == pytest.approx(2 * norm.sf(0.2 / 0.05))
    assert comparison.before == pytest.approx(-0.3)
    assert comparison.after == pytest.approx(-0.1)
    assert not comparison.worse
    assert comparison.excess == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("before", "after", "crossed"),
    [
        (-0.3, 0.3, True),
        (0.3, -0.25, True),
        (0.3, -0.15, False),
        (-0.3, 0.05, False),
        (0.05, -0.3, False),
        (0.3, 0.5, False),
    ],
)
def test_other_side_of_geant4_is_another_fault_unless_it_is_nearer(
    before: float, after: float, crossed: bool
) -> None:
    comparison = compare(estimate(before, reference=0), estimate(after, reference=0))
    assert comparison.crossed(0.1) is crossed


@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (0.1, 0.0)])
def test_without_errors_a_change_is_certain_and_none_is_none(value: float, p: float) -> None:
    assert compare(estimate(0.0, 0.0), estimate(value, 0.0)).p_value == p


def test_histograms_are_compared_by_two_sample_chi2() -> None:
    first, second = [300, 350, 350], [600, 700, 800]
    comparison = compare(histogram(first), histogram(second))
    assert comparison.p_value == pytest.approx(chi2_contingency([first, second], False).pvalue)


def test_distance_of_a_histogram_is_cohens_w_without_its_noise() -> None:
    reference = (10**6,) * 4
    many = histogram([30_000, 20_000, 25_000, 25_000], (0.0, 1.0, 2.0), reference)
    comparison = compare(many, many)
    # sum (p - q)^2 / q = 2 * 0.05^2 / 0.25.
    assert comparison.after == pytest.approx(np.sqrt(0.02), rel=0.01)
    assert comparison.after_error < 0.01
    rng = np.random.default_rng(1)
    squares = []
    for _ in range(300):
        sample = histogram(rng.multinomial(500, [0.25] * 4), (0.0, 1.0, 2.0), reference)
        squares.append(compare(sample, sample).after ** 2)
    # Without the subtraction the mean would be 3 / 500; with it, and ends at 0, 0.4 of that.
    assert np.mean(squares) < 0.6 * 3 / 500


def test_histogram_with_one_filled_bin_never_differs() -> None:
    same = histogram([1000, 0, 0])
    assert compare(same, same).p_value == 1


def test_histograms_in_other_bins_are_not_compared() -> None:
    assert compare(histogram([0, 0, 0]), histogram([1, 2, 3])) is None
    assert compare(histogram([1, 2, 3]), histogram([1, 2, 3], (0.0, 2.0))) is None
    assert compare(histogram([1, 2, 3]), histogram([1, 2, 3], (0.0, 1.0 + 1e-7))) is not None
    other = HistogramMetric(
        name="x.shape", kind="shape", columns=("x",), edges=(0.0,), counts=(1, 2),
        reference_counts=(1, 2),
    )  # fmt: skip
    assert compare(histogram([1, 2, 3]), other) is None


def test_counts_are_compared_by_fishers_exact_test() -> None:
    comparison = compare(count(0), count(12))
    assert comparison.p_value == pytest.approx(fisher_exact([[12, 988], [0, 1000]]).pvalue)
    assert comparison.after == pytest.approx(0.012)
    assert comparison.worse
    assert comparison.before_error > 0


@pytest.mark.parametrize("sizes", [(40, 40), (25, 80), (60, 30)])
@pytest.mark.parametrize("fraction", [0.04, 0.3])
@pytest.mark.parametrize("level", [0.05, 0.01])
def test_half_the_p_value_of_counts_is_valid_for_one_side(
    sizes: tuple[int, int], fraction: float, level: float
) -> None:
    before, after = (np.arange(n + 1) for n in sizes)
    chances = [binom(n, fraction).pmf(k) for n, k in zip(sizes, (before, after), strict=True)]
    more = fewer = 0.0
    for i, j in np.ndindex(len(before), len(after)):
        comparison = compare(count(i, sizes[0]), count(j, sizes[1]))
        if comparison.p_value / 2 <= level:
            more += chances[0][i] * chances[1][j] * (j * sizes[0] > i * sizes[1])
            fewer += chances[0][i] * chances[1][j] * (j * sizes[0] < i * sizes[1])
    assert max(more, fewer) <= level


def test_metrics_of_different_make_are_not_compared() -> None:
    assert compare(count(0), estimate(0.0)) is None
