"""The gate on samples of one made-up model: false alarms, errors and power.

All seeds are fixed. Each tolerance is stated with the probability that another seed would break it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from quality_factory import OBSERVABLES, make_conditions, make_table
from toy_detector import toy_detector

from calobench.evaluation.conditional.metrics import Meter
from calobench.evaluation.conditional.yardstick import Yardstick
from calobench.gate import Policy
from calobench.gate.changes import judge_entries, quality_entries
from calobench.results.quality import EstimateMetric

pytestmark = pytest.mark.statistical

N = 500
TRIALS = 150

# Without floors, so that significance alone decides.
NO_FLOORS = Policy.model_validate(
    {"alpha": 0.1, "metric": [{"match": "*", "absolute": 0.0, "relative": 0.0}]}
)


@pytest.fixture(scope="module")
def meter() -> Meter:
    rng = np.random.default_rng(1)
    table = make_table(make_conditions(1000, rng), rng)
    return Meter(Yardstick.fit(table, toy_detector(), OBSERVABLES))


def draw(
    meter: Meter, rng: np.random.Generator, n: Any = N, conditions: Any = None, **defects: Any
) -> Any:
    conditions = conditions or make_conditions(n, rng)
    return meter.measure(meter.yardstick.measure(make_table(conditions, rng, **defects)))


def worse(candidate: Any, baseline: Any, policy: Any) -> Any:
    entries, _ = quality_entries(candidate, baseline, policy)
    changes = judge_entries(entries, policy)
    return {change.name for change in changes if change.status == "worse"}


@pytest.fixture(scope="module")
def pairs(meter: Meter) -> Any:
    rng = np.random.default_rng(2)
    return [(draw(meter, rng), draw(meter, rng)) for _ in range(TRIALS)]


def test_any_false_alarm_is_as_rare_as_alpha_says(pairs: Any) -> None:
    # Binomial with p at most 0.1: more than 27 of 150 has a probability of 1e-3.
    alarms = sum(bool(worse(after, before, NO_FLOORS)) for before, after in pairs)
    assert alarms <= 27


def test_with_the_default_policy_there_is_hardly_any(pairs: Any) -> None:
    # Expected at most 0.01 * 150 = 1.5: more than 7 has a probability of 2e-4.
    assert sum(bool(worse(after, before, Policy())) for before, after in pairs) <= 7


@pytest.mark.parametrize("kind", ["bias", "width", "slope", "correlation"])
@pytest.mark.parametrize(("sigmas", "expected"), [(1.0, 0.683), (1.96, 0.95)])
def test_errors_cover_what_they_say(pairs: Any, kind: str, sigmas: float, expected: float) -> None:
    """Gaussian, skewed and correlated columns; the difference of two samples is truly zero."""
    inside = []
    for before, after in pairs:
        for one, other in zip(before.metrics, after.metrics, strict=True):
            if isinstance(one, EstimateMetric) and one.kind == kind:
                error = np.hypot(one.error, other.error)
                inside.append(abs(one.value - other.value) <= sigmas * error)
    # The metrics of a trial are nearly independent: with 150 trials and one metric (correlation) the
    # fraction has an error of 0.038 or 0.018, and 3.5 of those are one seed in two thousand.
    tolerance = 3.5 * np.sqrt(expected * (1 - expected) / len(inside)) + 0.005
    assert np.mean(inside) == pytest.approx(expected, abs=tolerance)


def test_samples_that_repeat_their_conditions_raise_no_alarm(meter: Meter) -> None:
    """Both runs have, as in 'calobench run', the conditions of a reference of 100, five times."""
    rng = np.random.default_rng(3)
    conditions = make_conditions(100, rng).repeated(N)
    alarms = 0
    for _ in range(60):
        before, after = (draw(meter, rng, conditions=conditions) for _ in range(2))
        alarms += bool(worse(after, before, NO_FLOORS))
    # p at most 0.1: more than 14 of 60 has a probability of 1.6e-3.
    assert alarms <= 14


def test_unequal_samples_raise_no_alarm(meter: Meter) -> None:
    """A small candidate against a large baseline: every large difference is the candidate's."""
    rng = np.random.default_rng(4)
    baseline = [draw(meter, rng, n=4000) for _ in range(4)]
    alarms = sum(
        bool(worse(draw(meter, rng, n=250), baseline[k % 4], NO_FLOORS)) for k in range(60)
    )
    assert alarms <= 14


@pytest.mark.parametrize(
    ("defect", "metric"),
    [
        ({"stretch": 1.2}, "response.width"),
        ({"shift": 0.27}, "response.bias"),
        ({"theta_slope": 0.4}, "centre_of_gravity_z.slope_theta"),
    ],
)
def test_defects_of_this_size_are_found_at_n_1000(
    meter: Meter, defect: dict[str, float], metric: str
) -> None:
    # Expected: at least 99 %. Fewer than 27 of 30 has a probability of 3e-4 then.
    rng = np.random.default_rng(5)
    baseline = [draw(meter, rng, n=1000) for _ in range(30)]
    detected = [metric in worse(draw(meter, rng, n=1000, **defect), b, Policy()) for b in baseline]
    assert sum(detected) >= 27
