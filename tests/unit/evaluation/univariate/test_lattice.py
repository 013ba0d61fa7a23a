from __future__ import annotations

import numpy as np
import pytest

from calobench.evaluation.univariate.lattice import lattice_of


def test_middles_of_layers_are_found_although_they_are_rounded() -> None:
    rng = np.random.default_rng(1)
    depth = ((rng.integers(3, 30, 500) + 0.5) * 5.05).astype(np.float32).astype(float)
    depth[3] = np.nan
    lattice = lattice_of(depth, 4.0)
    assert lattice is not None
    assert lattice[0] == pytest.approx(3.5 * 5.05, rel=1e-5)
    assert lattice[1] == pytest.approx(5.05, rel=1e-4)


def test_counts_matter_only_where_bins_are_about_as_narrow() -> None:
    counts = np.random.default_rng(1).poisson(30, 400).astype(float)
    assert lattice_of(counts, 1.7) == (counts.min(), 1.0)
    assert lattice_of(counts, 40.0) is None


@pytest.mark.parametrize(
    "values",
    [np.random.default_rng(2).normal(size=300), np.full(9, 2.0), np.zeros(0), np.arange(3.0)],
)
def test_other_values_have_none(values: np.ndarray) -> None:
    assert lattice_of(values, 0.1) is None
