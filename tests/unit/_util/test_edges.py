"""Bins of :mod:`calobench._util.edges`: those of numpy off the edges, and firm on them."""

from __future__ import annotations

import numpy as np
import pytest
from last_bit import DIRECTIONS, moved, with_moved_inputs

from calobench._util.edges import TOLERANCE, bin_index, cuts, cuts_between

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
    found = cuts_between(values, edges)
    for noisy in (values, *(moved(values, direction) for direction in DIRECTIONS)):
        np.testing.assert_array_equal(np.histogram(noisy, found)[0], expected)
        np.testing.assert_array_less(0.2 / n, np.abs(noisy[:, None] - found))
