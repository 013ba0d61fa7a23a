from __future__ import annotations

import numpy as np
import pytest
from quality_factory import make_run
from scipy.stats import binom

from calobench.gate import Policy, judge
from calobench.gate.comparison import compare
from calobench.gate.documents import make_baseline
from calobench.gate.failures import failure_p_value, fraction_p_value
from calobench.gate.output.wording import amount
from calobench.results.quality import CountMetric
from calobench.results.schema import Results


def failed(
    k: int,
    n: int = 1000,
    reference: int = 0,
    n_reference: int = 2000,
    possible: float | None = None,
) -> CountMetric:
    return CountMetric(
        name="sample.response_outliers", kind="sample", columns=(), count=k, n=n,
        reference_count=reference, n_reference=n_reference, failure=True, possible=possible,
    )  # fmt: skip


def test_geant4_knows_that_nine_in_a_thousand_are_too_many() -> None:
    """Alone nine to none is p = 0.002, above the thousandth of a main metric."""
    assert fraction_p_value(9, 1000, 0, 1000) > 0.0019
    comparison = compare(failed(0), failed(9))
    assert comparison.worse
    assert comparison.p_value / 2 == pytest.approx(fraction_p_value(9, 1000, 0, 1000) / 10)
    assert comparison.p_value / 2 < 0.001


def test_a_small_reference_says_less() -> None:
    few, many = (
        failure_p_value(failed(0, n_reference=n), failed(6, n_reference=n)) for n in (50, 2000)
    )
    assert few > many


def test_a_model_that_failed_before_is_compared_with_itself() -> None:
    """Ten failures then, twelve now: far more than Geant4, and no change."""
    assert failure_p_value(failed(10), failed(12)) > 0.01


def test_fewer_failures_are_better_and_compared_as_usual() -> None:
    comparison = compare(failed(9), failed(0))
    assert not comparison.worse
    assert comparison.p_value / 2 == pytest.approx(fraction_p_value(9, 1000, 0, 1000))


@pytest.mark.parametrize("fraction", [0.001, 0.01, 0.05])
@pytest.mark.parametrize("level", [0.001, 0.01])
def test_p_value_is_valid_for_a_sound_model_and_ten_times_for_any(
    fraction: float, level: float
) -> None:
    """By enumeration: 200 showers each, 300 of Geant4."""
    n, n_reference, max_count = 200, 300, 40
    chance = binom(n, fraction).pmf(np.arange(max_count))
    of_reference = binom(n_reference, fraction).pmf(np.arange(max_count))
    sound = worst = 0.0
    # Fails as often as Geant4 (whatever Geant4's count), or Geant4 never does.
    for before in range(max_count):
        if chance[before] < 1e-7:
            continue
        for reference in range(max_count):
            if of_reference[reference] < 1e-5 and reference:
                continue
            rejected = _rejected(before, reference, n, n_reference, max_count, level)
            p = chance[before] * chance[rejected:].sum()
            sound += of_reference[reference] * p
            worst += p if reference == 0 else 0.0
    assert sound <= level
    assert worst <= 10 * level


def _rejected(
    before: int, reference: int, n: int, n_reference: int, max_count: int, level: float
) -> int:
    """The smallest count of the candidate that is significant."""
    for after in range(before + 1, max_count):
        metrics = (
            failed(k, n=n, reference=reference, n_reference=n_reference) for k in (before, after)
        )
        if failure_p_value(*metrics) <= level:
            return after
    return max_count


def test_one_shower_that_physics_forbids_is_a_failure_by_itself() -> None:
    comparison = compare(failed(0, possible=4.5e-9), failed(1, possible=4.5e-9))
    assert comparison.by_itself
    assert comparison.p_value / 2 == pytest.approx(1000 * 4.5e-9, rel=1e-3)


def test_what_a_thin_detector_lets_through_is_no_failure() -> None:
    comparison = compare(failed(0, possible=0.01), failed(1, possible=0.01))
    assert comparison.p_value == 1


def test_a_known_fault_is_compared_with_itself() -> None:
    comparison = compare(failed(1, possible=4.5e-9), failed(2, possible=4.5e-9))
    assert not comparison.by_itself
    assert comparison.p_value == 1


def empties(run: Results, count: int) -> Results:
    metrics = tuple(
        one.model_copy(update={"count": count, "failure": True, "possible": 1e-8})
        if one.name == "sample.empty"
        else one
        for one in run.quality.metrics
    )
    return run.model_copy(update={"quality": run.quality.model_copy(update={"metrics": metrics})})


@pytest.mark.parametrize(("count", "verdict"), [(0, "PASS"), (1, "REGRESSION")])
def test_gate_fails_one_empty_shower(count: int, verdict: str) -> None:
    baseline = make_baseline(empties(make_run(seed=1)[0], 0))
    report = judge(empties(make_run(seed=2)[0], count), baseline, Policy())
    assert report.verdict == verdict
    change = next(one for one in report.changes if one.name == "sample.empty")
    assert change.by_itself is (count == 1)
    assert amount(change) == ("impossible" if count else "")
