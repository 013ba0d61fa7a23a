from __future__ import annotations

import math

import numpy as np
import pytest
from results_factory import make_results, make_scores

from calobench.report.summary import (
    Status,
    average_ratio,
    judge,
    largest_deviation,
    null_ratio,
    overall,
    status_of,
    tally,
)
from calobench.report.verdict import verdict
from calobench.results.schema import EnergyBin, EnergyDependence, Score


def a_score(
    value: float, error: float = 0.01, null_95: float = 0.1, p_value: float | None = None
) -> Score:
    if p_value is None:
        p_value = 0.01 if value > null_95 else 0.5
    return Score(
        name="wasserstein", value=value, error=error, interval=(value, value), null_median=0.05,
        null_95=null_95, p_value=p_value, n_model=100, n_reference=100,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "error", "status"),
    [
        (0.1, 0.01, Status.COMPATIBLE),
        (0.11, 0.01, Status.BORDERLINE),
        (0.13, 0.01, Status.DIFFERS),
        (0.13, 0.02, Status.BORDERLINE),
        (0.11, 0.0, Status.DIFFERS),
    ],
)
def test_a_score_is_judged_against_its_null_with_its_error(
    value: float, error: float, status: Status
) -> None:
    assert status_of(a_score(value, error)) is status


def test_the_permutation_test_decides() -> None:
    assert status_of(a_score(0.3, p_value=0.06)) is Status.COMPATIBLE
    assert status_of(a_score(0.09, p_value=0.04)) is Status.BORDERLINE
    assert status_of(a_score(0.3, p_value=0.04)) is Status.DIFFERS


def test_ratio_to_a_null_of_zero() -> None:
    assert null_ratio(a_score(0.0, null_95=0.0)) == 0
    assert null_ratio(a_score(0.1, null_95=0.0)) == math.inf


def test_chance_of_the_count_is_binomial() -> None:
    counts = tally([a_score(0.01)] * 18 + [a_score(0.5)] * 2)
    assert (counts.n, counts.above, counts.within, counts.clear) == (20, 2, 18, 2)
    assert counts.expected == pytest.approx(1.0)
    assert counts.chance == pytest.approx(1 - 0.95**20 - 20 * 0.05 * 0.95**19)
    assert tally([]).chance == 1


def test_overall_follows_the_count() -> None:
    observables = make_results(n=50).observables

    def with_scores(values: list[float]) -> Status:
        return overall(
            judge(
                observable.model_copy(update={"scores": (a_score(value),)})
                for observable, value in zip(observables, values, strict=False)
            )
        )

    assert with_scores([0.01] * 19 + [0.5]) is Status.COMPATIBLE
    assert with_scores([0.01] * 15 + [0.5] * 5) is Status.BORDERLINE
    assert with_scores([0.01] * 5 + [0.5] * 15) is Status.DIFFERS


def test_energy_average_is_weighted_and_leaves_out_empty_bins() -> None:
    def a_bin(response: float, error: float) -> EnergyBin:
        return EnergyBin(
            n=10, mean_energy_mev=1e3, response=response, response_error=error,
            resolution=0.1, resolution_error=0.0,
        )  # fmt: skip

    data = EnergyDependence(
        edges_mev=(1.0, 2.0, 3.0, 4.0),
        reference=(a_bin(1.0, 0.0), a_bin(1.0, 0.0), a_bin(1.0, 0.0)),
        model=(a_bin(1.1, 0.1), a_bin(1.4, 0.2), None),
    )
    average = average_ratio(data, "response")
    assert average is not None
    assert average.n_bins == 2
    assert average.value == pytest.approx((1.1 / 0.01 + 1.4 / 0.04) / (1 / 0.01 + 1 / 0.04))
    assert average.error == pytest.approx(1 / math.sqrt(1 / 0.01 + 1 / 0.04))
    worst = largest_deviation(data, "response")
    assert worst is not None
    assert worst.value == pytest.approx(1.4)
    unweighted = average_ratio(data, "resolution")
    assert unweighted is not None
    assert (unweighted.value, unweighted.error) == (1, 0)


def test_verdict_names_worst_and_best_and_its_reach() -> None:
    found = verdict(make_results())
    words = " ".join(sentence.text for sentence in found.sentences)
    assert found.status is Status.BORDERLINE
    assert "Furthest from Geant4: E(r > 25 mm) / E_vis" in words
    assert "Closest to Geant4:" in words
    assert "cannot see effects smaller than about 0.047 σ" in words
    assert "Mean response bias: (+0.70" in words
    assert "The sample is small" not in words


def test_verdict_of_a_perfect_small_sample_warns_of_its_size() -> None:
    results = make_results(n=100)
    rng = np.random.default_rng(3)
    same = tuple(
        o.model_copy(update={"scores": make_scores(0.0, 100, rng)}) for o in results.observables
    )
    found = verdict(results.model_copy(update={"observables": same}))
    assert found.status is Status.COMPATIBLE
    assert "No difference from Geant4 is visible at this sample size" in found.headline
    assert any("The sample is small" in sentence.text for sentence in found.sentences)


def test_verdict_without_observables() -> None:
    found = verdict(make_results().model_copy(update={"observables": ()}))
    assert found.status is None
