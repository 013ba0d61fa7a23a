from __future__ import annotations

import numpy as np
import pytest

from calobench.evaluation.conditional.histograms import bin_counts, quantile_edges
from calobench.stats.estimates import correlations, log_widths, means, slopes


def test_means_and_widths_of_known_numbers() -> None:
    x = np.array([[1.0], [2.0], [3.0], [4.0]])
    mean, width = means(x), log_widths(x)
    assert mean.value[0] == 2.5
    assert mean.error[0] == pytest.approx(np.sqrt(5 / 3 / 4))
    assert width.value[0] == pytest.approx(np.log(5 / 3) / 2)


def test_error_of_a_gaussian_width_is_one_over_root_2n() -> None:
    x = np.random.default_rng(1).standard_normal((40_000, 1))
    assert log_widths(x).error[0] == pytest.approx(1 / np.sqrt(2 * 40_000), rel=0.03)


def test_constant_column_has_a_finite_width_and_no_error_of_its_mean() -> None:
    x = np.full((10, 1), 3.0)
    assert means(x) == (3.0, 0.0)
    assert np.isfinite(log_widths(x).value).all()


def test_slope_of_a_line_is_exact() -> None:
    x = np.linspace(-1, 1, 50)
    result = slopes(np.stack([2 * x + 1, -x], axis=1), x)
    np.testing.assert_allclose(result.value, [2, -1])
    np.testing.assert_allclose(result.error, 0, atol=1e-12)


def test_slope_against_nothing_is_zero() -> None:
    result = slopes(np.ones((5, 2)), np.full(5, 2.0))
    assert not result.value.any()
    assert not result.error.any()


def test_correlation_of_gaussians_has_error_one_over_root_n() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((2, 40_000))
    x = np.stack([a, 0.6 * a + 0.8 * b], axis=1)
    result = correlations(x, np.array([[0, 1]]))
    assert np.tanh(result.value[0]) == pytest.approx(0.6, abs=0.02)
    assert result.error[0] == pytest.approx(1 / np.sqrt(40_000), rel=0.05)


def test_correlation_of_equal_and_of_constant_columns_is_finite() -> None:
    a = np.random.default_rng(3).standard_normal(100)
    x = np.stack([a, a, np.zeros(100)], axis=1)
    result = correlations(x, np.array([[0, 1], [0, 2]]))
    assert np.isfinite(result.value).all()
    assert result.value[1] == 0


def test_bins_hold_equal_parts_and_nothing_is_lost() -> None:
    x = np.random.default_rng(4).standard_normal(20_000)
    edges = quantile_edges(x)
    counts = np.array(bin_counts(x, edges))
    np.testing.assert_allclose(counts[3:-3], 2000, atol=2)
    assert bin_counts(np.array([-9.0, 9.0]), edges) == (1, *[0] * (len(edges) - 1), 1)


def test_edges_of_a_discrete_number_are_distinct() -> None:
    edges = quantile_edges(np.repeat([0.0, 1.0, 2.0], 100))
    assert (np.diff(edges) > 0).all()
