"""Bins come from the reference alone and leave nothing out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench._util.edges import bin_index
from calobench.evaluation.univariate.binning import edges_of_replicas, reference_edges


@pytest.mark.parametrize(("n", "bins"), [(1, 5), (10, 5), (200, 20), (800, 40), (10_000, 50)])
def test_number_of_bins(n: int, bins: int) -> None:
    assert len(reference_edges(np.random.default_rng(0).standard_normal(n))) == bins + 1


def test_edges_are_quantiles() -> None:
    values = np.linspace(0, 1, 1001)
    edges = reference_edges(values)
    assert edges[[0, -1]] == pytest.approx([0.005, 0.995])
    np.testing.assert_allclose(np.diff(edges), np.diff(edges)[0])


def test_undefined_values_do_not_move_the_range() -> None:
    values = np.arange(300.0)
    values[::15] = np.nan
    edges = reference_edges(values)
    assert len(edges) == len(reference_edges(np.arange(300.0)))
    assert edges[[0, -1]] == pytest.approx(np.nanquantile(values, [0.005, 0.995]))


@pytest.mark.parametrize("undefined", [0, 50, 200])
def test_replicas_are_binned_as_if_they_were_the_reference(undefined: int) -> None:
    rng = np.random.default_rng(0)
    values = np.round(rng.standard_normal(200), 1)
    values[:undefined] = np.nan
    points = np.unique(values[undefined:]) if undefined < 200 else np.zeros(1)
    drawn = rng.choice(values, size=(5, 200))
    up_to = (drawn[:, None] <= points[:, None]).sum(axis=2).astype(float)
    edges = edges_of_replicas(points, up_to, 200)
    assert edges.shape == (5, 21)
    for row, replica in zip(edges, drawn, strict=True):
        np.testing.assert_array_equal(row, reference_edges(replica))


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(50),
        np.full(50, 7.0),
        np.full(50, np.nan),
        np.r_[np.zeros(300), 1.0],
        np.full(9, 1e-300),
    ],
    ids=["zero", "constant", "undefined", "one outlier", "tiny"],
)
def test_degenerate_references_have_increasing_edges(values: Any) -> None:
    edges = reference_edges(values)
    assert (np.diff(edges) > 0).all()
    finite = values[~np.isnan(values)]
    if len(finite):
        assert edges[0] < np.median(finite) < edges[-1]


def test_bins_own_their_lower_edge_and_overflow_holds_the_undefined() -> None:
    values = np.array([-1, 0, 0.5, 1, 2, 3, np.inf, np.nan])
    index = bin_index(values, np.array([0.0, 1, 2]))
    assert index.tolist() == [0, 1, 1, 2, 3, 3, 3, 3]
