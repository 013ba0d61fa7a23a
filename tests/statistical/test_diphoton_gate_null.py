"""The gate on two photons with Geant4 itself: how often it is wrong, and whether it finds defects.

399 pairs of the bundled CLD showers are split into two halves again and again, the one as baseline, the
other as candidate; the reference is all of them. Splitting without replacement is the exact null of the
two halves. 199 pairs a side are fewer than the gate asks for by default.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from calobench.gate import Policy

sys.path.insert(0, str(Path(__file__).parents[2] / "studies"))

from diphoton_gate import DEFECTS, KINDS, NO_FLOOR, Bench, bundled_bench, worse

PAIRS, HALF, TRIALS = 399, 199, 200
NO_FLOORS = dict.fromkeys(KINDS, NO_FLOOR)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return bundled_bench("CLD", most=PAIRS)


@pytest.fixture(scope="module")
def splits(bench: Bench) -> Any:
    return list(bench.trials(bench.geant4, HALF, TRIALS, np.random.default_rng(7)))


@pytest.mark.parametrize(
    ("alpha", "floors"), [(0.01, {}), (0.01, NO_FLOORS), (0.05, NO_FLOORS), (0.2, NO_FLOORS)]
)
def test_geant4_against_geant4_is_a_regression_at_most_as_often_as_asked(
    splits: Any, alpha: float, floors: Any
) -> None:
    policy = Policy.model_validate({"alpha": alpha, "floors": floors})
    alarms = sum(bool(worse(before, after, policy)) for before, after in splits)
    # More than that happens in 1 of 1,000 such tests if the gate keeps what it promises.
    assert alarms <= binom.ppf(0.999, TRIALS, alpha)


def test_errors_are_the_spread_of_the_differences(splits: Any) -> None:
    pulls: dict[str, list[float]] = {}
    for before, after in splits:
        for one, other in zip(before.metrics, after.metrics, strict=True):
            if one.form == "estimate":
                pull = (other.value - one.value) / np.hypot(one.error, other.error)
                pulls.setdefault(one.name, []).append(pull)
    assert len(pulls) == 10
    for name, values in pulls.items():
        # The spread of 200 values is known to 5 %; moments of resolutions are a little worse.
        assert 0.8 < np.std(values) < 1.2, name


@pytest.mark.parametrize(
    ("defect", "named"),
    [
        ("response 3 % lower", {"response", "single.response"}),
        ("hot cells aligned", {"count", "separation", "single.response"}),
    ],
)
def test_a_defect_is_found_with_half_of_the_pairs(bench: Bench, defect: str, named: Any) -> None:
    candidate = bench.damaged(DEFECTS[defect], np.random.default_rng(3))
    after = bench.metrics(candidate, np.arange(HALF, 2 * HALF))
    before = bench.metrics(bench.geant4, np.arange(HALF))
    names = {change.name for change in worse(before, after, Policy())}
    assert {f"diphoton.{name}" for name in named} & names
