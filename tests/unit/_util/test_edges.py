"""Bins of :mod:`calobench._util.edges`: those of numpy off the edges, and firm on them."""

from __future__ import annotations

import numpy as np
import pytest
from last_bit import DIRECTIONS, moved, with_moved_inputs

from calobench._util.edges import (
    TOLERANCE,
    BinTable,
    bin_index,
    cell_number,
    cuts,
    cuts_at_quantiles,
    cuts_between,
    levels,
    significant,
    to_nearest,
)

pytestmark = pytest.mark.golden

EDGES = {
    "linear": np.linspace(0.4, 1.4, 21),
    "logarithmic": np.logspace(np.log10(0.015), np.log10(12345.6), 40),
    "around zero": np.linspace(-30, 30, 101),
    "far from zero": 1e6 + np.linspace(0, 1, 11),
    "one bin": np.array([2.0, 3.0]),
    "one edge": np.array([0.5]),
}


@pytest.mark.parametrize("name", EDGES)
def test_off_the_edges_bins_are_those_of_numpy(name: str) -> None:
    edges = EDGES[name]
    span = edges[-1] - edges[0] or 1.0
    values = edges[0] + span * np.random.default_rng(1).uniform(-0.1, 1.1, 20_000)
    for closed in (False, True):
        index = bin_index(values, edges, closed=closed)
        np.testing.assert_array_equal(index, np.searchsorted(edges, values, side="right"))


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("name", EDGES)
def test_a_value_on_an_edge_stays_in_its_bin_when_both_move(name: str, closed: bool) -> None:
    edges = EDGES[name]
    expected = 1 + np.arange(len(edges))
    expected[-1] -= closed
    np.testing.assert_array_equal(bin_index(edges, edges, closed=closed), expected)
    for index in with_moved_inputs(lambda e, v: bin_index(v, e, closed=closed), edges, edges):
        np.testing.assert_array_equal(index, expected)


def test_a_value_further_than_the_tolerance_from_an_edge_is_not_on_it() -> None:
    edges = np.array([0.0, 1, 3])
    values = np.array([1 - 0.9 * TOLERANCE, 1 - 1.1 * TOLERANCE, 3 - 1.9 * TOLERANCE])
    assert bin_index(values, edges).tolist() == [2, 1, 3]


def test_what_is_undefined_is_overflow() -> None:
    assert bin_index(np.array([np.nan, np.inf, -np.inf]), np.array([0.0, 1])).tolist() == [2, 2, 0]


def test_several_histograms_are_cut_like_each_of_them() -> None:
    edges = np.stack([np.linspace(0, 1, 6), np.geomspace(1, 32, 6)])
    for closed in (False, True):
        together = cuts(edges, closed=closed)
        np.testing.assert_array_equal(together, [cuts(row, closed=closed) for row in edges])


@pytest.mark.parametrize("n", [1, 5, 20, 144, 900])
def test_few_values_are_cut_between_them(n: int) -> None:
    values = np.arange(n + 1) / n
    edges = np.linspace(0, 1, 21)
    expected = np.histogram(values, edges)[0]
    cuts = cuts_between(values, edges)
    for noisy in (values, *(moved(values, direction) for direction in DIRECTIONS)):
        np.testing.assert_array_equal(np.histogram(noisy, cuts)[0], expected)
        np.testing.assert_array_less(0.2 / n, np.abs(noisy[:, None] - cuts))


def test_cuts_at_quantiles_lie_between_values_and_no_last_bit_moves_them_across() -> None:
    rng = np.random.default_rng(2)
    quantiles = (0.01, 0.25, 0.5, 0.75, 0.99)
    for values in (rng.normal(size=401), rng.integers(0, 5, 300) * 0.1, np.repeat([1.0, 2.0], 50)):
        edges = cuts_at_quantiles(values, quantiles)
        expected = np.histogram(values, [-np.inf, *edges, np.inf])[0]
        assert (np.diff(edges) > 0).all()
        for direction in DIRECTIONS:
            other = moved(values, direction)
            again = cuts_at_quantiles(other, quantiles)
            np.testing.assert_allclose(again, edges, rtol=1e-12)
            np.testing.assert_array_equal(
                np.histogram(other, [-np.inf, *again, np.inf])[0], expected
            )
            np.testing.assert_array_equal(
                np.histogram(other, [-np.inf, *edges, np.inf])[0], expected
            )
    continuous = rng.normal(size=10_000)
    np.testing.assert_allclose(
        cuts_at_quantiles(continuous, quantiles), np.quantile(continuous, quantiles), atol=0.01
    )
    assert len(cuts_at_quantiles(np.full(10, 3.0), quantiles)) == 0


def test_values_that_differ_by_rounding_are_one_level() -> None:
    values = np.repeat([0.0, 0.1, 0.3, 1e6], [3, 5, 4, 1])
    noisy = values * (1 + 1e-15 * np.random.default_rng(3).normal(size=len(values)))
    noisy[:3] += (0, 1e-17, -1e-17)
    distinct, counts = levels(noisy)
    np.testing.assert_allclose(distinct, [0, 0.1, 0.3, 1e6], rtol=1e-12, atol=1e-16)
    assert counts.tolist() == [3, 5, 4, 1]
    # An outlier is no reason to take others together, and infinity is a value.
    assert len(levels(np.array([0.9, 1.0, 1.001, 1.1, 1e15, np.inf, np.inf]))[0]) == 6
    assert len(levels(np.empty(0))[0]) == 0


@pytest.mark.parametrize("pitch", [1.0, 5.05, 0.1, 1.9499])
def test_cells_of_a_grid_own_their_lower_edge_whatever_the_last_bit(pitch: float) -> None:
    numbers = np.arange(-20, 21)
    for place in (numbers * pitch, *(moved(numbers * pitch, one) for one in DIRECTIONS)):
        np.testing.assert_array_equal(cell_number(place / pitch), numbers)
        half = to_nearest((place + pitch / 2) / pitch)
        np.testing.assert_allclose(half, -0.5)
    np.testing.assert_array_equal(cell_number((numbers + 0.999) * pitch / pitch), numbers)


def test_edges_of_few_digits_do_not_keep_the_last_bit() -> None:
    edges = np.logspace(-2, 2, 21)
    for direction in DIRECTIONS:
        np.testing.assert_array_equal(significant(moved(edges, direction)), significant(edges))
    np.testing.assert_allclose(significant(edges), edges, rtol=1e-8)


@pytest.mark.parametrize("top", [0.0151516, 0.016, 0.02, 3.0, 1.7e5, 1e12])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_a_table_finds_the_bins_that_a_search_finds(top: float, kind: type[np.floating]) -> None:
    """On edges and cuts, and one unit in the last place beside them, as well as anywhere."""
    edges = np.geomspace(0.0151515, top, 50)
    rng = np.random.default_rng(1)
    at = np.concatenate([edges, cuts(edges, closed=True)])
    beside = np.nextafter(at, 0), np.nextafter(at, np.inf)
    values = np.concatenate([at, *beside, np.exp(rng.uniform(-9, 30, 50_000)), [5e-324, 1e300]])
    with np.errstate(over="ignore", under="ignore"):
        values = values.astype(kind)
    values = values[np.isfinite(values)]
    table = BinTable(edges, closed=True)
    assert table.width == 51
    np.testing.assert_array_equal(table(values), bin_index(values, edges, closed=True))
