"""A p-value is of an effect, not of the last digit."""

from __future__ import annotations

import numpy as np

from calobench.stats.permutation import NEGLIGIBLE, p_value


def test_scores_of_rounding_are_all_alike() -> None:
    assert p_value(np.array([1e-6, *np.zeros(99)])) == 1.0
    assert p_value(np.array([NEGLIGIBLE, *np.linspace(0, 1e-7, 99)])) == 1.0


def test_what_is_larger_counts_as_it_did() -> None:
    scores = np.array([0.5, *np.linspace(0, 0.99, 99)])
    assert p_value(scores) == np.mean(scores >= 0.5)
    assert p_value(np.array([2 * NEGLIGIBLE, *np.zeros(99)])) == 0.01
