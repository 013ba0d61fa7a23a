"""Many tests at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calobench.stats.multiple import benjamini_hochberg, holm

# The example of Benjamini and Hochberg (1995), section 3.2: 15 tests, of which 4 are rejected at a false
# discovery rate of 5 %, and 3 with Holm's or Bonferroni's correction.
THE_FIFTEEN = (
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
)  # fmt: skip


def test_the_example_of_benjamini_and_hochberg() -> None:
    assert np.count_nonzero(benjamini_hochberg(THE_FIFTEEN) <= 0.05) == 4
    assert np.count_nonzero(holm(THE_FIFTEEN) <= 0.05) == 3
    q = benjamini_hochberg(THE_FIFTEEN)
    assert q[0] == pytest.approx(0.0015)
    assert q[3] == pytest.approx(0.0095 * 15 / 4)


def test_order_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(15)
    shuffled = np.array(THE_FIFTEEN)[order]
    np.testing.assert_allclose(benjamini_hochberg(shuffled), benjamini_hochberg(THE_FIFTEEN)[order])
    np.testing.assert_allclose(holm(shuffled), holm(THE_FIFTEEN)[order])


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusted_values_are_probabilities_and_never_smaller(p_values: Any) -> None:
    p = np.array(p_values)
    for adjusted in (benjamini_hochberg(p), holm(p)):
        assert ((adjusted >= p - 1e-12) & (adjusted <= 1)).all()
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


def test_one_and_no_test() -> None:
    assert benjamini_hochberg([0.3]) == [0.3]
    assert holm([0.3]) == [0.3]
    assert len(benjamini_hochberg([])) == 0
