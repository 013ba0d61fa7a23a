from __future__ import annotations

import math

import numpy as np
import pytest
from results_factory import as_family, make_results, make_scores

from calobench.report.summary import average_ratio, largest_deviation
from calobench.report.verdict import verdict
from calobench.results.schema import AverageRatio, EnergyBin, EnergyDependence
from calobench.results.significance import ScoreFamily
from calobench.verdict.observables import Status


def a_bin(response: float, error: float, n: int = 10) -> EnergyBin:
    return EnergyBin(
        n=n, mean_energy_mev=1e3, response=response, response_error=error,
        resolution=0.1, resolution_error=0.0,
    )  # fmt: skip


def some_bins() -> EnergyDependence:
    return EnergyDependence(
        edges_mev=(1.0, 2.0, 3.0, 4.0),
        reference=(a_bin(1.0, 0.0), a_bin(1.0, 0.0, n=30), a_bin(1.0, 0.0)),
        model=(a_bin(1.1, 0.1), a_bin(1.4, 0.2, n=30), None),
    )


def test_energy_average_is_of_logarithms_and_leaves_out_empty_bins() -> None:
    average = average_ratio(some_bins(), "response")
    assert average is not None
    assert average.n_bins == 2
    # Weights are numbers of showers, not errors: these are proportional to the values.
    log = (math.log(1.1) + 3 * math.log(1.4)) / 4
    assert average.value == pytest.approx(math.exp(log))
    assert average.error == pytest.approx(average.value * math.hypot(0.1 / 1.1, 3 * 0.2 / 1.4) / 4)
    worst = largest_deviation(some_bins(), "response")
    assert worst is not None
    assert worst.value == pytest.approx(1.4)
    exact = average_ratio(some_bins(), "resolution")
    assert exact is not None
    assert (exact.value, exact.error) == (1, 0)


def test_the_average_that_the_results_hold_is_taken() -> None:
    stored = AverageRatio(quantity="response", log_ratio=0.02, error=0.01, n_bins=6)
    data = some_bins().model_copy(update={"averages": (stored,)})
    average = average_ratio(data, "response")
    assert average is not None
    assert average.value == pytest.approx(math.exp(0.02))
    assert average.error == pytest.approx(math.exp(0.02) * 0.01)


def test_verdict_names_worst_and_best_and_its_reach() -> None:
    summary = verdict(make_results())
    words = " ".join(sentence.text for sentence in summary.sentences)
    assert summary.status is Status.BORDERLINE
    assert summary.headline.startswith("Visible flaws for fast-sim-default")
    assert "Furthest from Geant4: E(r > 25 mm) / E_vis" in words
    assert "Closest to Geant4:" in words
    assert "a shift of 0.067 standard deviations of one observable is detected with 80 %" in words
    assert "Mean response bias: (+0." in words
    assert "The sample is small" not in words


def test_the_count_is_compared_with_what_permutations_give() -> None:
    family = ScoreFamily(
        score="wasserstein", tests=41, permutations=1199, p_value=0.2, level=0.05, objections=7,
        expected=2.1, upper=9.0, count_p_value=0.12,
    )  # fmt: skip
    summary = verdict(make_results().model_copy(update={"families": (family,)}))
    words = " ".join(sentence.text for sentence in summary.sentences)
    assert "One by one, 7 have p at most 0.05; chance makes 2.1 on average and up to 9.0" in words
    assert "as many or more: p 0.12" in words


def test_verdict_of_a_perfect_small_sample_warns_of_its_size() -> None:
    results = make_results(n=100)
    rng = np.random.default_rng(3)
    same = as_family(
        [o.model_copy(update={"scores": make_scores(0.0, 100, rng)}) for o in results.observables]
    )
    summary = verdict(results.model_copy(update={"observables": tuple(same)}))
    assert summary.status is Status.COMPATIBLE
    assert summary.headline.startswith("No verdict")
    assert any("The sample is small" in sentence.text for sentence in summary.sentences)


def test_verdict_without_observables() -> None:
    summary = verdict(make_results().model_copy(update={"observables": ()}))
    assert summary.status is None
