"""Many tables at once give what ``np.interp`` gives one by one."""

from __future__ import annotations

import numpy as np
import pytest

from reference_models.network.interpolation import TableSet


@pytest.mark.parametrize("knots", [2, 3, 29, 31, 32])
def test_as_numpy_table_by_table(knots: int) -> None:
    rng = np.random.default_rng(knots)
    x = np.sort(rng.normal(size=(7, knots)), axis=1).astype(np.float32)
    y = rng.normal(size=(7, knots)).astype(np.float32)
    table = rng.integers(0, 7, 5000)
    # Values on the knots and beyond both ends as well.
    values = np.where(rng.random(5000) < 0.3, x[table, rng.integers(0, knots, 5000)], 0)
    values = np.where(values == 0, rng.normal(0, 2, 5000), values).astype(np.float32)
    found = TableSet(x, y)(values, table)
    for k in range(7):
        chosen = table == k
        expected = np.interp(values[chosen], x[k], y[k])
        np.testing.assert_allclose(found[chosen], expected, rtol=1e-12, atol=1e-12)


def test_equal_knots_are_a_step() -> None:
    tables = TableSet([[0.0, 1.0, 1.0, 2.0]], [[0.0, 1.0, 3.0, 4.0]])
    values = np.array([-1.0, 0.5, 0.999999, 1.0, 1.5, 2.0, 9.0])
    found = tables(values, np.zeros(7, dtype=np.intp))
    np.testing.assert_allclose(found, [0, 0.5, 0.999999, 3, 3.5, 4, 4])


def test_no_values() -> None:
    none = TableSet([[0.0, 1.0]], [[0.0, 1.0]])(np.zeros(0), np.zeros(0, dtype=np.intp))
    assert none.shape == (0,)
