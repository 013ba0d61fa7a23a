"""Showers that depend on the previous one, with correct distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.evaluation.multivariate.samples import Pool
from calobench.evaluation.multivariate.serial import serial_score

NAMES = ("incident_energy", "response", "width_z")


def score(model: Any, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    pool = Pool.of(rng.standard_normal((300, 3)), model, paired=False)
    result = serial_score(pool, NAMES, 200, rng)
    return result and result.score


@pytest.fixture
def showers() -> Any:
    return np.random.default_rng(2).standard_normal((800, 3))


def test_independent_showers_have_none(showers: Any) -> None:
    result = score(showers)
    assert result.p_value > 0.05
    assert result.null == "the same showers in random order"


def test_state_that_leaks_is_seen_although_every_distribution_is_right(showers: Any) -> None:
    rho = 0.25
    for i in range(1, len(showers)):
        showers[i, 2] = rho * showers[i - 1, 2] + np.sqrt(1 - rho**2) * showers[i, 2]
    assert showers[:, 2].std() == pytest.approx(1, abs=0.08)
    result = score(showers)
    assert result.p_value == pytest.approx(1 / 201)
    assert result.value == pytest.approx(rho * np.sqrt(800), abs=3.5)
    # The same showers in another order do not show it.
    assert score(np.random.default_rng(3).permutation(showers)).p_value > 0.05


def test_conditions_in_order_are_no_fault(showers: Any) -> None:
    """A model that is wrong at some energies, with the energies in order."""
    showers[:, 0] = np.sort(showers[:, 0])
    showers[:, 1] += 0.5 * np.sign(showers[:, 0])
    assert score(showers) is None
    assert score(np.random.default_rng(3).permutation(showers)).p_value > 0.05


def test_showers_that_are_all_alike_have_no_correlation() -> None:
    assert score(np.zeros((50, 3))) is None


def test_false_alarms_are_as_many_as_the_level_says() -> None:
    rng = np.random.default_rng(4)
    low = sum(score(rng.standard_normal((200, 3)), seed).p_value <= 0.1 for seed in range(100))
    # Binomial with 0.1: more than 20 of 100 has a probability of 8e-4.
    assert low <= 20
