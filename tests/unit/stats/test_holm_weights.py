from __future__ import annotations

import numpy as np

from calobench.stats.multiple import headline_weights, holm


def test_equal_weights_are_holms_procedure() -> None:
    # Holm: 4 * 0.01, 3 * 0.012 raised to 0.04, 2 * 0.03, 1 * 0.5.
    p = np.array([0.03, 0.01, 0.5, 0.012])
    np.testing.assert_allclose(holm(p, np.full(4, 0.25)), [0.06, 0.04, 0.5, 0.04])


def test_weight_is_a_part_of_alpha() -> None:
    p = np.array([0.01, 0.01])
    np.testing.assert_allclose(holm(p, np.array([0.8, 0.2])), [0.0125, 0.0125])
    np.testing.assert_allclose(holm(np.array([0.5, 0.01]), np.array([0.8, 0.2])), [0.5, 0.05])


def test_never_below_the_p_value_nor_above_one() -> None:
    rng = np.random.default_rng(1)
    p, weight = rng.random(50), rng.random(50)
    adjusted = holm(p, weight / weight.sum())
    assert (adjusted >= p).all()
    assert (adjusted <= 1).all()


def test_zero_stays_zero_and_nothing_is_nothing() -> None:
    np.testing.assert_array_equal(holm(np.array([0.0, 1.0]), np.full(2, 0.5)), [0, 1])
    assert holm(np.empty(0), np.empty(0)).shape == (0,)


def test_weights_add_up_to_one() -> None:
    headline = np.array([True, False, False, True])
    np.testing.assert_allclose(headline_weights(headline, 0.5), 0.25)
    np.testing.assert_allclose(
        headline_weights(np.array([True, False, False]), 0.8), [0.8, 0.1, 0.1]
    )
    for alike in (np.zeros(4, bool), np.ones(4, bool)):
        np.testing.assert_allclose(headline_weights(alike, 0.5), 0.25)
