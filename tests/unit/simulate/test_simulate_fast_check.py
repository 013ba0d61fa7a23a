"""The numbers of the quick look, on showers made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.showers import Conditions, Mesh, Showers
from calobench.simulate.fast_check import summarise


def test_numbers_of_a_shower_that_is_known() -> None:
    mesh = Mesh(dr_mm=10, dz_mm=5)
    cells = np.zeros((2, 9, 16, 45), np.float32)
    cells[:, 0, 0, 7] = 8  # the maximum, at 37.5 mm
    cells[:, 1, 3, 20] = 2  # 90 % lie within the middle of this ring, 15 mm
    cells[1] *= 1.5
    conditions = Conditions(np.full(2, 100.0), np.ones(2), np.ones(2))
    check = summarise(
        Showers(cells, conditions), np.array([12.5, 18.75]), np.array([1.0, 3.0]), mesh
    )
    assert check.n == 2
    assert check.sampling_fraction == pytest.approx((0.125, 0.025))
    assert check.containment == pytest.approx((0.8, 0))
    assert check.r90 == pytest.approx((15, 0))
    assert check.shower_maximum == pytest.approx((37.5, 0))
    assert check.seconds == pytest.approx((2, 1))
