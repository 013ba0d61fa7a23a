"""Counting cells quickly counts what counting them plainly does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from last_bit import DIRECTIONS, moved

from calobench.observables.cells import cells_above, cells_in_bins

pytestmark = pytest.mark.golden

EDGES = np.logspace(-2, 2, 21)


def plain(energy: np.ndarray, edges: np.ndarray) -> np.ndarray:
    bounds = [0, *edges, np.inf]
    cells = energy.reshape(len(energy), -1).astype(np.float64)
    return np.array(
        [
            [((row >= low) & (row < high) & (row > 0)).sum() for low, high in pairwise(bounds)]
            for row in cells
        ]
    )


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


# 6480 cells, whole words of 8 cells whose number is a prime, and no whole words.
@pytest.mark.parametrize("shape", [(9, 16, 45), (8, 509), (3, 5, 7), (1,)])
@pytest.mark.parametrize("edges", [EDGES, np.array([0.5]), np.linspace(0.01, 3, 300)])
def test_counts_are_the_plain_ones(rng: np.random.Generator, shape: Any, edges: Any) -> None:
    energy = (10 ** rng.uniform(-4, 3, (6, *shape))).astype(np.float32)
    energy[rng.random(energy.shape) < 0.5] = 0
    np.testing.assert_array_equal(cells_in_bins(energy, edges), plain(energy, edges))
    for threshold in (0, 0.02, 1):
        expected = (energy.reshape(6, -1) > threshold).sum(axis=1)
        np.testing.assert_array_equal(cells_above(energy, threshold), expected)


def test_an_edge_belongs_to_the_bin_above(rng: np.random.Generator) -> None:
    near = EDGES.astype(np.float32)
    energy = np.stack(
        [np.nextafter(near, np.float32(0)), near, np.nextafter(near, np.float32(9e9))]
    )
    # The last bit of a cell, or of an edge, does not matter.
    expected = [[0, *[1] * len(EDGES)]] * 3
    np.testing.assert_array_equal(cells_in_bins(energy, EDGES), expected)
    for direction in DIRECTIONS:
        np.testing.assert_array_equal(cells_in_bins(energy, moved(EDGES, direction)), expected)


@pytest.mark.parametrize("threshold", [0.02, 0.1, 1.0])
def test_a_cell_on_a_threshold_is_not_above_it(threshold: float) -> None:
    limit = np.float32(threshold)
    energy = np.array(
        [[np.nextafter(limit, np.float32(0)), limit, np.nextafter(limit, np.float32(9))]]
    )
    assert cells_above(energy, threshold).tolist() == [0]
    assert cells_above(energy * np.float32(1.00001), threshold).tolist() == [3]


def test_the_smallest_and_largest_numbers() -> None:
    cells = np.array([[0, -0.0, 1e-45, 1e-38, 3e38, 100, 0.01, 0]], np.float32)
    counts = cells_in_bins(cells, EDGES)
    # 0.01 in single precision is just below 0.01, and lies on it.
    assert (counts[0, 0], counts[0, 1], counts[0, -1], counts.sum()) == (2, 1, 2, 5)


def test_many_full_cells_do_not_overflow() -> None:
    energy = np.ones((2, 9, 16, 45), np.float32)
    assert cells_above(energy, 0).tolist() == [6480, 6480]
    assert cells_in_bins(energy, EDGES)[:, 11].tolist() == [6480, 6480]


def test_no_showers() -> None:
    energy = np.zeros((0, 9, 16, 45), np.float32)
    assert cells_above(energy, 0).shape == (0,)
    assert cells_in_bins(energy, EDGES).shape == (0, 22)
